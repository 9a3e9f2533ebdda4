import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '#config';
import { events } from '#contracts';
import { AsyncApiDocument, EventCatalogue } from '#messaging';
import { BreakingChange, publish } from './published.js';

/*
 * npm run --silent docs:events          the AsyncAPI document on standard output
 * npm run docs:events -- events.json    the same into a file
 * npm run docs:events -- --publish      records the events as they are now in libs/contracts/published
 */
const { values, positionals } = parseArgs({ options: { publish: { type: 'boolean' } }, allowPositionals: true });
try {
  if (values.publish === true) await record();
  else await print(positionals[0]);
} catch (error) {
  if (!(error instanceof BreakingChange)) throw error;
  console.error([error.message, ...error.breaks].join('\n'));
  process.exitCode = 1;
}

async function record(): Promise<void> {
  const written = await publish(events);
  console.log(written.length === 0 ? 'Nothing has changed.' : `Published: ${written.join(', ')}`);
}

async function print(file: string | undefined): Promise<void> {
  const document = new AsyncApiDocument(new EventCatalogue(events), loadConfig(process.env)).render();
  const text = `${JSON.stringify(JSON.parse(document), null, 2)}\n`;
  if (file === undefined) process.stdout.write(text);
  else await writeFile(file, text);
}
