import { randomBytes } from 'node:crypto';
import { loadConfig } from '#config';
import { describeLocks } from '../../locks.suite.js';
import { RedisDriver } from './redis.driver.js';

const config = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}:`;
const { REDIS_URLS: urls } = config;

describeLocks('redis on one server', () => new RedisDriver({ urls, keyPrefix, commandTimeoutMs: 2_000 }), {
  acrossProcesses: true,
  tokensSurviveDataLoss: true,
  notifies: true,
});
