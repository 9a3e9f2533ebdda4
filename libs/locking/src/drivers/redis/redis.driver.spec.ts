import { randomBytes } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { Redis } from 'ioredis';
import { loadConfig } from '#config';
import { describeLocks } from '../../locks.suite.js';
import { RedisDriver } from './redis.driver.js';

const { REDIS_URLS: urls } = loadConfig(process.env);
const keyPrefix = `test-${randomBytes(4).toString('hex')}:`;

describeLocks('redis', () => new RedisDriver({ urls, keyPrefix, commandTimeoutMs: 2_000 }), {
  raisesTokens: true,
  keepsSessions: false,
});

afterAll(async () => {
  for (const url of urls) {
    const redis = new Redis(url);
    const left = await redis.keys(`${keyPrefix}*`);
    if (left.length > 0) await redis.del(left);
    await redis.quit();
  }
});
