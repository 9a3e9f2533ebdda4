import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Checkout, isRunning } from './checkout.js';

/** RabbitMQ alone takes half a minute to start where the machine is busy. */
jest.setTimeout(240_000);

describe('npm run services', () => {
  let checkout: Checkout;
  beforeEach(async () => {
    checkout = await Checkout.create();
  });
  afterEach(async () => {
    await checkout.remove();
  });

  it('brings every server up, revives the killed ones, and leaves nothing behind', async () => {
    const first = await checkout.services(['up']);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    for (const title of ['PostgreSQL', 'Redis', 'RabbitMQ']) expect(first.stderr).toMatch(`${title.padEnd(13)}ready`);

    expect(await checkout.logSettings()).toEqual({
      logging_collector: 'on',
      log_rotation_age: '10min',
      log_truncate_on_rotation: 'on',
      log_min_error_statement: 'panic',
      log_error_verbosity: 'terse',
    });

    const broker = `127.0.0.1:${checkout.ports.rabbitmq}`;
    for (const [login, complaint] of [
      [`shop:not-the-one@${broker}/shop`, 'refuses this user name or password'],
      [`shop:p%40ss@${broker}/elsewhere`, 'has no virtual host "elsewhere" for this user'],
    ]) {
      const { code, stderr } = await checkout.services(['up', 'rabbitmq'], { RABBITMQ_URLS: `amqp://${login}` });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`${broker} ${complaint}.`) });
    }

    const started = await Promise.all(['postgres', 'redis', 'rabbitmq'].map((id) => checkout.pids(id)));
    for (const pids of started) for (const pid of pids.slice(-1)) process.kill(pid, 'SIGKILL');
    const second = await checkout.services(['up']);
    expect(second.code).toBe(0);

    const status = await checkout.services(['status']);
    const lines = status.stdout.trim().split('\n');
    expect(lines).toHaveLength(5);
    for (const line of lines.slice(0, 3)) expect(line).toMatch(/ answers +ours/);
    for (const line of lines.slice(3)) expect(line).toMatch(/^(etcd|ZooKeeper) .* not started$/);

    const restarted = await Promise.all(['postgres', 'redis', 'rabbitmq'].map((id) => checkout.pids(id)));
    expect(await checkout.services(['stop'])).toMatchObject({ code: 0 });
    const left = await Promise.all([...started, ...restarted].flat().map(isRunning));
    expect(left).not.toContain(true);
    expect((await checkout.services(['status'])).stdout).not.toContain('answers');
  });

  it('ends with its last user what was once brought up to stay, and was stopped since', async () => {
    for (const command of ['up', 'stop']) await checkout.services([command, 'redis']);
    expect(await checkout.borrowRedis()).toMatchObject({ code: 0, stderr: expect.stringContaining('ready') });
    expect((await checkout.services(['status', 'redis'])).stdout).toContain('not started');
  });

  it('starts a server once when two commands want it at the same time', async () => {
    const both = await Promise.all([checkout.services(['up', 'redis']), checkout.services(['up', 'redis'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.filter(({ stderr }) => stderr.includes('starting'))).toHaveLength(1);
    expect(both.filter(({ stderr }) => stderr.includes('already answers'))).toHaveLength(1);
  });

  it("uses somebody else's server, and never stops it", async () => {
    await checkout.services(['up', 'redis']);
    const neighbour = await Checkout.create();
    try {
      const env = { REDIS_URLS: checkout.redisUrl() };
      expect((await neighbour.services(['up', 'redis'], env)).stderr).toContain('already answers');
      expect((await neighbour.services(['status', 'redis'], env)).stdout).toContain("somebody else's, left alone");
      await neighbour.services(['reset', 'redis'], env);
    } finally {
      await neighbour.remove();
    }
    expect((await checkout.services(['status', 'redis'])).stdout).toMatch(/answers +ours/);
  });

  it('names the setting to change where something else has the port', async () => {
    const stranger = createServer((socket) => {
      // A client that does not understand it hangs up without reading the rest.
      socket.on('error', ({ message }) => expect(message).toContain('ECONNRESET'));
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    stranger.listen(checkout.ports.redis, '127.0.0.1');
    await once(stranger, 'listening');
    const { code, stderr } = await checkout.services(['up', 'redis']);
    stranger.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^REDIS_URLS: 127\.0\.0\.1:\d+ answers, but not as Redis .*\n {2}Set REDIS_URLS /m);
    expect(stderr).not.toContain('at file://');
  });

  it('names the setting to change where the password is wrong, and does not print it', async () => {
    await checkout.services(['up', 'postgres']);
    const DATABASE_URL = `postgres://shop:not-the-one@127.0.0.1:${checkout.ports.postgres}/shop-1`;
    const { code, stderr } = await checkout.services(['up', 'postgres'], { DATABASE_URL });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATABASE_URL: 127\.0\.0\.1:\d+ refuses the login: password authentication failed/m);
    expect(stderr).not.toContain('not-the-one');
  });

  it('starts nothing for an address on another machine', async () => {
    const REDIS_URLS = 'redis://holdfast.invalid:6379';
    const { code, stderr } = await checkout.services(['up', 'redis'], { REDIS_URLS });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^REDIS_URLS: no Redis answers at holdfast\.invalid:6379 /m);
  });

  it('takes a setting from the environment, then from .env, then from the defaults', async () => {
    const where = async (env?: Record<string, string>) => (await checkout.services(['status', 'redis'], env)).stdout;
    expect(await where()).toContain(`:${checkout.ports.redis} `);
    await checkout.writeSettings('.env', { REDIS_URLS: '"redis://127.0.0.1:2"' });
    expect(await where()).toContain('127.0.0.1:2 ');
    expect(await where({ REDIS_URLS: '' })).toContain('127.0.0.1:2 ');
    expect(await where({ REDIS_URLS: 'redis://127.0.0.1:3' })).toContain('127.0.0.1:3 ');
  });
});
