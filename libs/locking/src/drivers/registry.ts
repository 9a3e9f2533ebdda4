import type { Config } from '#config';
import type { LockDriver } from './driver.js';

type DriverName = Exclude<Config['LOCK_DRIVER'], 'none'>;

/** One line a driver. Each is loaded only where it is chosen: the others' clients cost nothing. */
const registry: Record<DriverName, (config: Config) => Promise<LockDriver>> = {
  etcd: async (config) => (await import('./etcd/open-etcd.js')).etcdDriver(config),
  memory: async () => new (await import('./memory/memory.driver.js')).MemoryDriver(),
  postgres: async (config) => (await import('./postgres/open-postgres.js')).postgresDriver(config),
  redis: async (config) => (await import('./redis/open-redis.js')).redisDriver(config),
  zookeeper: async (config) => (await import('./zookeeper/open-zookeeper.js')).zookeeperDriver(config),
};

export const makeDriver = (name: DriverName, config: Config): Promise<LockDriver> => registry[name](config);
