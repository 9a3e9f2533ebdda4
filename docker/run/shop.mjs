import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { STANDARD } from '../servers/catalogue.mjs';
import { tryPort } from '../services/ports.mjs';
import { runTask } from '../services/task.mjs';
import { Advice, say, stopwatch } from '../services/terminal.mjs';
import { App } from './app.mjs';
import { banner } from './banner.mjs';
import { Command } from './command.mjs';
import { installDependencies } from './dependencies.mjs';

/** Beyond what a process allows itself to drain. */
const DRAIN_MARGIN_MS = 2_000;

/**
 * `npm start`: everything from the checkout to a running shop, until Ctrl-C or until a part of it ends.
 *
 * @returns {Promise<number>} exit code
 */
export function startShop() {
  const elapsed = stopwatch();
  const command = new Command();
  return command.run(async () => {
    const { apps, ...shop } = await openShop(command);
    process.stdout.write(banner({ ...shop, seconds: elapsed() }));
    const end = await Promise.race([command.interrupted, ...apps.map((app) => app.ended.then(() => app))]);
    say('Stopping', 'letting what has begun finish …');
    if (end instanceof App) throw end.exitAdvice();
    return 0;
  });
}

/** @param {Command} command */
async function openShop(command) {
  const { settings, servers, project } = command;
  const host = settings.find('HOST') ?? '127.0.0.1';
  await requireFreePorts(settings, host);
  await installDependencies(project);
  await command.prepare(STANDARD);

  const givenKey = settings.find('ADMIN_API_KEY');
  const adminKey = givenKey ?? `hf_${randomBytes(24).toString('base64url')}`;
  const env = { ...settings.environment, NODE_ENV: 'development', ADMIN_API_KEY: adminKey };
  const cli = path.join(project.root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const step = { command: process.execPath, env };
  await runTask(project, { ...step, title: 'Migrations', doing: 'updating the schema', args: [cli, 'migrate'] });
  await runTask(project, { ...step, title: 'Catalogue', doing: 'adding the demo products', args: [cli, 'seed'] });

  const [api, worker] = [origin(host, settings.port('PORT')), origin(host, settings.port('WORKER_PORT'))];
  const operations = settings.find('OPS_PORT') ? origin(host, settings.port('OPS_PORT')) : api;
  say('Shop', 'starting api and worker …');
  const graceMs = Number(settings.find('SHUTDOWN_TIMEOUT_SECONDS') ?? 25) * 1_000 + DRAIN_MARGIN_MS;
  const apps = ['api', 'worker'].map((name) => {
    const app = new App({ name, ...project, env });
    servers.adopt(name, app.pid, graceMs);
    return app;
  });
  await Promise.all(apps.map((app) => app.ready(app.name === 'api' ? operations : worker, project.signal)));
  return { apps, api, operations, worker, adminKey, isNewKey: givenKey === undefined, logs: project.logs };
}

/** Looked at before anything slow. */
async function requireFreePorts(settings, host) {
  for (const variable of ['PORT', 'OPS_PORT', 'WORKER_PORT'].filter((name) => settings.find(name))) {
    const port = settings.port(variable);
    await tryPort(port, host).catch(({ code }) => {
      const why = code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${code})`;
      const remedy = `End what listens there, or choose another: ${variable}=${port > 65_000 ? port - 100 : port + 100} npm start`;
      throw new Advice(`${variable}: ${host}:${port} ${why}. ${remedy}`);
    });
  }
}

function origin(host, port) {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
