import type { Config } from '#config';
import { clientOptions } from '#database';
import type { LockDriver } from './driver.js';

type DriverName = Exclude<Config['LOCK_DRIVER'], 'none'>;

const optionsOf = (config: Config, urls: readonly string[]) => ({
  urls,
  keyPrefix: config.REDIS_KEY_PREFIX,
  commandTimeoutMs: config.REDIS_COMMAND_TIMEOUT_MS,
});

/** One entry a driver. Each is loaded only where it is chosen: the others' clients cost nothing. */
const registry: Record<DriverName, (config: Config) => Promise<LockDriver>> = {
  etcd: async (config) => new (await import('./etcd/etcd.driver.js')).EtcdDriver(optionsOf(config, config.ETCD_URLS)),
  memory: async () => new (await import('./memory/memory.driver.js')).MemoryDriver(),
  postgres: async (config) =>
    new (await import('./postgres/postgres.driver.js')).PostgresDriver(clientOptions(config, 'holdfast locks')),
  redis: async (config) =>
    new (await import('./redis/redis.driver.js')).RedisDriver(optionsOf(config, config.REDIS_URLS)),
  zookeeper: async (config) =>
    new (await import('./zookeeper/zookeeper.driver.js')).ZooKeeperDriver(optionsOf(config, config.ZOOKEEPER_URLS)),
};

export const makeDriver = (name: DriverName, config: Config): Promise<LockDriver> => registry[name](config);
