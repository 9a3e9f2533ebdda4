import type { Config } from '#config';
import type { LockDriver } from '../driver.js';
import { RedisDriver } from './redis.driver.js';

export const redisDriver = (config: Config): LockDriver =>
  new RedisDriver({
    urls: config.REDIS_URLS,
    keyPrefix: config.REDIS_KEY_PREFIX,
    commandTimeoutMs: config.REDIS_COMMAND_TIMEOUT_MS,
  });
