import { execFile, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { brokerNamespace } from '../support/broker-namespace.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { projectRoot } from '../support/project-root.js';
import { createShopDatabase } from '../support/shop-database.js';
import { isRunning, outcomeOf, runScript } from './checkout.js';

const script = fileURLToPath(new URL('docker/start.mjs', projectRoot));
const serverSettings = Object.fromEntries(
  ['REDIS_URLS', 'RABBITMQ_URLS'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
);

/** What it prints once everything runs, or all it printed before it ended. */
async function announced(shop: ChildProcess): Promise<string> {
  let text = '';
  shop.stdout?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return eventually(
    () => {
      if (shop.exitCode === null && !text.includes('Ctrl-C ends')) throw new Error(`Not up yet: ${text}`);
      return text;
    },
    { withinMs: 120_000 },
  );
}

/** It may have to compile first. */
jest.setTimeout(240_000);

describe('npm start', () => {
  let env: Record<string, string>;
  let cleanUp: () => Promise<void>;
  beforeEach(async () => {
    const database = await createShopDatabase();
    const namespace = brokerNamespace();
    const SERVICES_DIR = await mkdtemp(path.join(tmpdir(), 'holdfast-start-'));
    const ports = { PORT: String(await freePort()), WORKER_PORT: String(await freePort()) };
    env = { ...serverSettings, ...namespace.env, ...ports, DATABASE_URL: database.url, SERVICES_DIR };
    cleanUp = async () => {
      await database.drop();
      await namespace.remove();
      await rm(SERVICES_DIR, { recursive: true });
    };
  });
  afterEach(() => cleanUp());

  /** The pids of api and worker, in this order. */
  async function apps(): Promise<number[]> {
    const folder = String(env['SERVICES_DIR']);
    const names = (await readdir(folder)).filter((name) => /^(api|worker)-\d+$/.test(name)).toSorted();
    const records = await Promise.all(names.map((name) => readFile(path.join(folder, name, 'instance.json'), 'utf8')));
    return records.map((text) => (JSON.parse(text) as { processes: { pid: number }[] }).processes[0]!.pid);
  }

  it('opens a shop in which the demo ends in a confirmed order, and closes it on Ctrl-C', async () => {
    const shop = runScript(script, { env });
    const outcome = outcomeOf(shop);
    const banner = await announced(shop);
    expect(banner).toMatch(/Admin key +hf_[\w-]{24,}/);

    const demo = fileURLToPath(new URL('dist/apps/cli/src/main.js', projectRoot));
    const { stdout } = await promisify(execFile)(process.execPath, [demo, 'demo'], { env: { ...process.env, ...env } });
    for (const state of ['pending_payment', 'captured', 'confirmed']) expect(stdout).toContain(state);

    const pids = await apps();
    shop.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 0 });
    expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]);
  });

  it('waits for OPS_PORT where that has health and documents, and prints its address', async () => {
    env['OPS_PORT'] = String(await freePort());
    const shop = runScript(script, { env });
    const outcome = outcomeOf(shop);
    const banner = await announced(shop);
    const operations = `http://127.0.0.1:${env['OPS_PORT']}`;
    expect(banner).toContain(`API        http://127.0.0.1:${env['PORT']}\n`);
    for (const address of [`${operations}/docs`, `${operations}/openapi.json`, `${operations}/metrics`]) {
      expect(banner).toContain(address);
      expect((await fetch(address)).status).toBe(200);
    }
    shop.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 0 });
  });

  it('closes with the last lines of a part that died', async () => {
    const shop = runScript(script, { env });
    const outcome = outcomeOf(shop);
    await announced(shop);
    const [api, worker] = await apps();
    process.kill(worker!, 'SIGKILL');
    const { code, stderr } = await outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^worker ended \(SIGKILL\)\. Its last lines, from .*worker\.log:\n\{/m);
    expect(await isRunning(api!)).toBe(false);
  });

  it('ends the api and the worker that a killed one has left behind', async () => {
    const killed = runScript(script, { env });
    await announced(killed);
    const left = await apps();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await Promise.all(left.map(isRunning))).toEqual([true, true]);

    const shop = runScript(script, { env });
    const outcome = outcomeOf(shop);
    expect(await announced(shop)).toContain('Ctrl-C ends');
    expect(await Promise.all(left.map(isRunning))).toEqual([false, false]);
    shop.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 0 });
  });

  it.each(['PORT', 'OPS_PORT', 'WORKER_PORT'])(
    'names %s where it is taken, before anything is started',
    async (variable) => {
      env[variable] = String(await freePort());
      const stranger = createServer().listen(Number(env[variable]), '127.0.0.1');
      await once(stranger, 'listening');
      const { code, stderr } = await outcomeOf(runScript(script, { env }));
      stranger.close();
      expect(code).toBe(1);
      expect(stderr.trim()).toMatch(
        new RegExp(`^${variable}: 127\\.0\\.0\\.1:\\d+ is in use\\. [^\\n]+ ${variable}=\\d+ npm start$`),
      );
    },
  );
});
