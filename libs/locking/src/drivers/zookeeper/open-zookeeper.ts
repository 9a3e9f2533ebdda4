import type { Config } from '#config';
import { ZooKeeperDriver } from './zookeeper.driver.js';

export const zookeeperDriver = (config: Config): ZooKeeperDriver =>
  new ZooKeeperDriver({
    servers: config.ZOOKEEPER_URLS,
    keyPrefix: config.REDIS_KEY_PREFIX,
    commandTimeoutMs: config.REDIS_COMMAND_TIMEOUT_MS,
  });
