import path from 'node:path';
import { requireNode } from './services/node-version.mjs';

requireNode();
const { ALL, STANDARD } = await import('./servers/catalogue.mjs');
const { Servers } = await import('./services/servers.mjs');
const { Settings } = await import('./services/settings.mjs');
const { prepareDependencies } = await import('./run/code.mjs');
const { runMain } = await import('./services/terminal.mjs');

const USAGE = `Usage: npm run services -- <command> [server …]

  up      bring up the servers, and leave them running
  status  where each is, and whose it is
  stop    end those that this project started
  reset   stop, and delete the data of the project's own instances

Servers: ${ALL.join(', ')}.
Without names, up means ${STANDARD.join(', ')}; the others mean all.
docker/README.md tells how one is found or started.
`;

/** @type {Record<string, (servers: InstanceType<typeof Servers>) => Promise<unknown>>} */
const COMMANDS = {
  up: (servers) => servers.up(),
  stop: (servers) => servers.stop(),
  reset: (servers) => servers.reset(),
  status: async (servers) => process.stdout.write((await servers.status()).map((line) => `${line}\n`).join('')),
};

async function main([command = '', ...names]) {
  const run = COMMANDS[command];
  if (!run) {
    process.stderr.write(USAGE);
    return command === '' || command === 'help' ? 0 : 2;
  }
  const settings = new Settings(path.resolve(import.meta.dirname, '..'));
  const servers = new Servers(settings, names.length > 0 ? names : command === 'up' ? STANDARD : ALL);
  // To ask a server takes its client.
  if (command === 'up' || command === 'status') await prepareDependencies(settings);
  await run(servers);
  return 0;
}

await runMain(() => main(process.argv.slice(2)));
