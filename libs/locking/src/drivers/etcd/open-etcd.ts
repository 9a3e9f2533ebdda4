import type { Config } from '#config';
import { EtcdDriver } from './etcd.driver.js';

export const etcdDriver = (config: Config): EtcdDriver =>
  new EtcdDriver({
    urls: config.ETCD_URLS,
    keyPrefix: config.REDIS_KEY_PREFIX,
    commandTimeoutMs: config.REDIS_COMMAND_TIMEOUT_MS,
  });
