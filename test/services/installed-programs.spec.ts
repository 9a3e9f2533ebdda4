/** @servers redis */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';

const { accepts } = (await import(new URL('../../docker/services/node-version.mjs', import.meta.url).href)) as {
  accepts: (ranges: string, version: string) => boolean;
};
const { redis } = (await import(new URL('../../docker/servers/redis.mjs', import.meta.url).href)) as {
  redis: { findPrograms: () => object | null };
};

describe('where Valkey is installed and Redis is not', () => {
  let folder: string;

  beforeAll(async () => {
    const folders = String(process.env['PATH']).split(path.delimiter);
    const programs = folders.flatMap((each) => ['redis-server', 'valkey-server'].map((name) => path.join(each, name)));
    const installed = programs.find((file) => existsSync(file));
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-valkey-'));
    await symlink(String(installed), path.join(folder, 'valkey-server'));
    process.env['PATH'] = folder;
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('a test starts Valkey', async () => {
    const server = await RedisServer.start();
    expect(server.url).toMatch(/^redis:/);
    await server.stop();
  });

  it('npm start finds Valkey', () => {
    expect(redis.findPrograms()).not.toBeNull();
  });
});

it.each([
  ['20.18.3', false],
  ['20.19.0', true],
  ['21.7.0', false],
  ['22.12.0', false],
  ['22.13.0', true],
  ['23.11.0', false],
  ['24.11.0', true],
  ['26.0.0', true],
])('judges Node %s by the ranges in package.json: %s', (version, accepted) => {
  expect(accepts('^20.19.0 || ^22.13.0 || >=24.11.0', version)).toBe(accepted);
});
