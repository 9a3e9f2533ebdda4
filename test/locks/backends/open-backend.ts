import type { Pool } from 'pg';
import { PREFIX, type Backend } from './backend.js';
import { EtcdBackend } from './etcd.backend.js';
import { PostgresBackend } from './postgres.backend.js';
import { RedisBackend } from './redis.backend.js';
import { ZooKeeperBackend } from './zookeeper.backend.js';

const nothing = () => Promise.resolve();

/** Locking switched off: there is nothing to look into and nothing to take away. */
const none: Backend = {
  name: 'none',
  env: { LOCK_DRIVER: 'none', REDIS_KEY_PREFIX: PREFIX },
  distantEnv: { LOCK_DRIVER: 'none', REDIS_KEY_PREFIX: PREFIX },
  freesLateMs: 0,
  remove: nothing,
  left: () => Promise.resolve([]),
  delay: () => undefined,
  freeze: () => undefined,
  thaw: () => undefined,
  kill: nothing,
  start: nothing,
  stop: nothing,
};

const backends: Readonly<Record<string, (database: { url: string; sql: Pool }) => Promise<Backend>>> = {
  redis: () => RedisBackend.start('redis', 1),
  'redis quorum': () => RedisBackend.start('redis quorum', 3),
  etcd: () => EtcdBackend.start(),
  zookeeper: () => ZooKeeperBackend.start(),
  postgres: ({ url, sql }) => PostgresBackend.start(url, sql),
  none: async () => none,
};

/** @param database for the driver that keeps its locks there */
export async function openBackend(driver: string, database: { url: string; sql: Pool }): Promise<Backend> {
  const open = backends[driver];
  if (open === undefined) throw new Error(`${driver} is none of ${Object.keys(backends).join(', ')}.`);
  return open(database);
}
