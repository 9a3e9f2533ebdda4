import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { InvalidSetting, loadConfig } from './config.js';
import { settings } from './settings.js';

const example = parseEnv(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8'));

describe('settings', () => {
  it('are all explained in .env.example, and nothing else is', () => {
    expect(Object.keys(example).toSorted()).toEqual(Object.keys(settings.shape).toSorted());
  });

  it('have the defaults that .env.example shows', () => {
    expect(loadConfig(example as Record<string, string>)).toEqual(loadConfig({}));
  });

  it.each([
    ['PORT', 'eighty'],
    ['DATABASE_URL', 'mysql://localhost/shop'],
    ['REDIS_URLS', 'redis://a:1,redis://b:1'],
    ['RABBITMQ_URLS', 'http://localhost'],
    ['RETRY_DELAYS_SECONDS', '5,soon'],
    ['ADMIN_API_KEY', 'letmein'],
    ['LOCK_DRIVER', 'paper'],
    ['ETCD_URLS', '127.0.0.1:2379'],
    ['ZOOKEEPER_URLS', 'zookeeper.internal'],
  ])('refuse a wrong %s in one line that names it', (variable, value) => {
    const load = () => loadConfig({ [variable]: value });
    expect(load).toThrow(InvalidSetting);
    expect(load).toThrow(new RegExp(`^Setting ${variable} is not usable: [^\n]+$`));
  });

  it.each(['none', 'memory'])('refuse production with locks of kind %s', (LOCK_DRIVER) => {
    expect(() => loadConfig({ NODE_ENV: 'production', LOCK_DRIVER })).toThrow(/LOCK_DRIVER/);
  });
});
