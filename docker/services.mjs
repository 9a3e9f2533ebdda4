import path from 'node:path';
import { requireNode } from './services/node-version.mjs';

requireNode();
const { CATALOGUE, STANDARD } = await import('./servers/catalogue.mjs');
const { Servers } = await import('./services/servers.mjs');
const { Settings } = await import('./services/settings.mjs');
const { runMain } = await import('./services/terminal.mjs');

const EVERY = CATALOGUE.map(({ name }) => name);

const USAGE = `Usage: npm run services -- <command> [server …]

  up      bring up the servers, and leave them running
  status  where each is, and whose it is
  stop    end those that this project started
  reset   stop, and delete the data of the project's own instances

Servers: ${EVERY.join(', ')}.
Without names, up means ${STANDARD.join(', ')}; the others mean all.
docker/README.md tells how one is found or started.
`;

/** @param {string[]} argv */
async function main([command = '', ...names]) {
  if (!['up', 'status', 'stop', 'reset'].includes(command)) {
    process.stderr.write(USAGE);
    return command === '' || command === 'help' ? 0 : 2;
  }
  const settings = new Settings(path.resolve(import.meta.dirname, '..'));
  const meant = command === 'up' ? STANDARD : EVERY;
  const servers = new Servers(settings, names.length > 0 ? names : meant);
  if (command === 'up') await servers.up();
  else if (command === 'stop') await servers.stop();
  else if (command === 'reset') await servers.reset();
  else for (const line of await servers.status()) process.stdout.write(`${columns(line)}\n`);
  return 0;
}

/** @param {string} line @returns {string} its tab-separated parts under each other */
function columns(line) {
  const [title = '', address = '', state = '', origin = ''] = line.split('\t');
  return `${title.padEnd(12)} ${address.padEnd(22)} ${state.padEnd(10)} ${origin}`.trimEnd();
}

await runMain(() => main(process.argv.slice(2)));
