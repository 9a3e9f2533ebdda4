import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { STANDARD } from '../servers/catalogue.mjs';
import { whyTaken } from '../services/ports.mjs';
import { Servers } from '../services/servers.mjs';
import { Settings } from '../services/settings.mjs';
import { Advice, say, stopwatch } from '../services/terminal.mjs';
import { announcement } from './announcement.mjs';
import { App } from './app.mjs';
import { interruption } from './interruption.mjs';
import { runTask } from './task.mjs';
import { buildCode, prepareDependencies, together } from './workshop.mjs';

const ROOT = path.resolve(import.meta.dirname, '..', '..');
/** Beyond what a process allows itself to drain. */
const DRAIN_MARGIN_MS = 2_000;

/**
 * `npm start`: everything from the checkout to a running shop, until Ctrl-C or until a part of it ends.
 *
 * @returns {Promise<number>} exit code
 */
export async function startShop() {
  const elapsed = stopwatch();
  const settings = new Settings(ROOT);
  const servers = new Servers(settings, STANDARD);
  const controller = new AbortController();
  /** @type {App[]} */ const apps = [];
  const interrupted = interruption(controller, () => {
    for (const app of apps) app.kill();
    servers.abandon();
    process.exit(130);
  });
  await servers.usage.enter();
  try {
    const shop = await openShop({ settings, servers, controller, apps });
    process.stdout.write(announcement({ ...shop, seconds: elapsed() }));
    const end = await Promise.race([interrupted, ...apps.map((app) => app.ended.then(() => app))]);
    if (end instanceof App) throw end.obituary();
    return 0;
  } finally {
    if (apps.length > 0) say('Stopping', 'letting what has begun finish …');
    const drainMs = Number(settings.find('SHUTDOWN_TIMEOUT_SECONDS') ?? 25) * 1_000 + DRAIN_MARGIN_MS;
    await Promise.all(apps.map((app) => app.stop(drainMs)));
    await servers.release();
  }
}

/**
 * @param {{settings: Settings, servers: Servers, controller: AbortController, apps: App[]}} parts
 */
async function openShop({ settings, servers, controller, apps }) {
  const { signal } = controller;
  const { root, servicesDir } = settings;
  const logs = path.join(servicesDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const host = settings.find('HOST') ?? '127.0.0.1';
  await requireFreePorts(settings, host, servers.usage.others());
  const workshop = { root, logs, signal };
  await prepareDependencies(workshop);
  await together(controller, [servers.borrow(signal), buildCode(workshop)]);

  const isNewKey = settings.find('ADMIN_API_KEY') === undefined;
  const adminKey = settings.find('ADMIN_API_KEY') ?? `hf_${randomBytes(24).toString('base64url')}`;
  const env = {
    ...settings.environment(['HOST', 'PORT', 'WORKER_PORT', ...servers.variables]),
    NODE_ENV: 'development',
    ADMIN_API_KEY: adminKey,
  };
  const cli = path.join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
  const step = { command: process.execPath, root, logs, env, signal };
  await runTask({ ...step, title: 'Migrations', doing: 'bringing the schema up to date', args: [cli, 'migrate'] });
  await runTask({ ...step, title: 'Catalogue', doing: 'adding the demo products', args: [cli, 'seed'] });

  const api = origin(host, settings.port('PORT'));
  const worker = origin(host, settings.port('WORKER_PORT'));
  const operations = settings.find('OPS_PORT') ? origin(host, settings.port('OPS_PORT')) : api;
  say('Shop', 'starting api and worker …');
  for (const name of /** @type {const} */ (['api', 'worker'])) {
    const app = new App({ name, root, logs, env });
    apps.push(app);
    servers.usage.adopt(app.pid);
  }
  await Promise.all(apps.map((app) => app.ready(app.name === 'api' ? operations : worker, signal)));
  return { api, operations, worker, adminKey, isNewKey, logs };
}

/** Looked at before anything slow. @param {Settings} settings @param {string} host @param {number[]} others pids */
async function requireFreePorts(settings, host, others) {
  for (const variable of ['PORT', 'OPS_PORT', 'WORKER_PORT']) {
    if (!settings.find(variable)) continue;
    const port = settings.port(variable);
    const reason = await whyTaken(port, host);
    if (!reason) continue;
    const why = reason.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${reason.code})`;
    const hint = others.length > 0 ? ` (this checkout already runs: pid ${others.join(', ')})` : '';
    const other = port > 65_000 ? port - 100 : port + 100;
    throw new Advice(
      `${variable}: ${host}:${port} ${why}${hint}. End what listens there, or choose another: ${variable}=${other} npm start`,
    );
  }
}

/** @param {string} host @param {number} port */
function origin(host, port) {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
