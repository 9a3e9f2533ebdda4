import path from 'node:path';
import { requireNode } from './services/node-version.mjs';

requireNode();
const { ALL, STANDARD } = await import('./servers/catalogue.mjs');
const { Servers } = await import('./services/servers.mjs');
const { Settings } = await import('./services/settings.mjs');
const { installDependencies } = await import('./run/dependencies.mjs');
const { Advice, runMain } = await import('./services/terminal.mjs');

const USAGE = `Usage: npm run services -- <command> [server …]

  up      bring up the servers, and leave them running
  status  where each is, and whose it is
  stop    end those that this project started
  reset   stop, and delete the data of the project's own instances

Servers: ${ALL.join(', ')}.
Without names, up means ${STANDARD.join(', ')}; the others mean all.
docker/README.md: how one is found or started.
`;

/** The servers that are meant where none is named. */
const MEANT = { up: STANDARD, stop: ALL, reset: ALL, status: ALL };

async function main([word = '', ...names]) {
  const command = /** @type {(keyof typeof MEANT)[]} */ (Object.keys(MEANT)).find((each) => each === word);
  if (!command) {
    process.stderr.write(USAGE);
    return word === '' || word === 'help' ? 0 : 2;
  }
  const unknown = names.find((name) => !ALL.includes(name));
  if (unknown) throw new Advice(`There is no server "${unknown}". Known: ${ALL.join(', ')}.`);
  const settings = new Settings(path.resolve(import.meta.dirname, '..'));
  // To ask a server takes its client.
  if (command === 'up' || command === 'status') await installDependencies(settings);
  await new Servers(settings)[command](names.length > 0 ? names : MEANT[command]);
  return 0;
}

await runMain(() => main(process.argv.slice(2)));
