/** @servers none */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { InvalidSetting, loadConfig } from './config.js';
import { settings } from './settings.js';

const example = parseEnv(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8'));

/** Why these settings are refused; empty where they are taken. */
function messageOf(env: Readonly<Record<string, string>>): string {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    if (!(error instanceof InvalidSetting)) throw error;
    return error.message;
  }
}

const limits = ({ RATE_LIMIT, OPEN_ORDERS_MAX, HELD_UNITS_MAX }: ReturnType<typeof loadConfig>) => [
  RATE_LIMIT,
  OPEN_ORDERS_MAX,
  HELD_UNITS_MAX,
];

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
    ['CUSTOMER_JWT_SECRET', 'x'.repeat(31)],
    ['LOCK_DRIVER', 'paper'],
    ['ETCD_URLS', '127.0.0.1:2379'],
    ['ZOOKEEPER_URLS', 'zookeeper.internal'],
    ['PAYMENT_SANDBOX_WEBHOOK_SECRET', 'whsec_c2hvcnQ='],
    ['STRIPE_SECRET_KEY', 'pk_live_0123456789'],
    ['STRIPE_WEBHOOK_SECRET', 'secret'],
  ])('refuse a wrong %s in one line that names it', (variable, value) => {
    const load = () => loadConfig({ [variable]: value });
    expect(load).toThrow(InvalidSetting);
    expect(load).toThrow(new RegExp(`^Setting ${variable} is not usable: [^\n]+$`));
  });

  it('that are wrong are all named at once', () => {
    expect(() => loadConfig({ PORT: 'eighty', CORS_ORIGINS: '*' })).toThrow(
      /^Setting PORT is not usable: [^\n]+\nSetting CORS_ORIGINS is not usable: [^\n]+$/,
    );
  });

  it('of Stripe are needed where Stripe is chosen', () => {
    const keys = {
      STRIPE_SECRET_KEY: 'sk_test_0123456789',
      STRIPE_WEBHOOK_SECRET: 'whsec_0123456789,whsec_9876543210',
    };
    expect(messageOf({ PAYMENT_PROVIDER: 'stripe' })).toMatch(
      /^Setting STRIPE_SECRET_KEY is needed [^\n]+\nSetting STRIPE_WEBHOOK_SECRET is needed [^\n]+$/,
    );
    expect(loadConfig({ PAYMENT_PROVIDER: 'stripe', ...keys }).STRIPE_WEBHOOK_SECRET).toHaveLength(2);
  });

  const safe = {
    NODE_ENV: 'production',
    PAYMENT_SANDBOX_IN_PRODUCTION: 'yes',
    DATABASE_URL: 'postgres://shop:s3cret@db/shop',
    RABBITMQ_URLS: 'amqp://shop:s3cret@broker',
  };

  it('that are unsafe end a start in production, with one line for each', () => {
    const message = messageOf({ NODE_ENV: 'production', LOCK_DRIVER: 'none' });
    for (const variable of ['PAYMENT_PROVIDER', 'DATABASE_URL', 'RABBITMQ_URLS', 'LOCK_DRIVER']) {
      expect(message).toMatch(
        new RegExp(`^Setting ${variable} must not [^\\n]+_IN_PRODUCTION=yes allows it[^\\n]*$`, 'm'),
      );
    }
    expect(messageOf({ NODE_ENV: 'development', LOCK_DRIVER: 'none' })).toBe('');
  });

  it.each([
    [{}, /^$/],
    [{ PAYMENT_SANDBOX_IN_PRODUCTION: 'no' }, /^Setting PAYMENT_PROVIDER [^\n]+$/],
    [{ DATABASE_URL: 'postgres://holdfast:holdfast@db/shop' }, /^Setting DATABASE_URL [^\n]+$/],
    [{ DATABASE_URL: 'postgres://holdfast:holdfast@db/shop', DEFAULT_CREDENTIALS_IN_PRODUCTION: 'yes' }, /^$/],
    [{ RABBITMQ_URLS: 'amqp://a:b@c,amqp://holdfast:holdfast@d' }, /^Setting RABBITMQ_URLS [^\n]+$/],
    [{ LOCK_DRIVER: 'memory' }, /^Setting LOCK_DRIVER [^\n]+$/],
    [{ LOCK_DRIVER: 'none', UNSAFE_LOCKS_IN_PRODUCTION: 'yes' }, /^$/],
  ])('are allowed in production each by its own name: %j', (more, message) => {
    expect(messageOf({ ...safe, ...more })).toMatch(message);
  });

  it('that limit callers are on in production unless they are set, and off elsewhere', () => {
    expect(limits(loadConfig({}))).toEqual(['off', undefined, undefined]);
    expect(limits(loadConfig(safe))).toEqual(['on', 20, 500]);
    const own = { RATE_LIMIT: 'off', OPEN_ORDERS_MAX: '3', HELD_UNITS_MAX: '1000' };
    expect(limits(loadConfig({ ...safe, ...own }))).toEqual(['off', 3, 1_000]);
    expect(limits(loadConfig({ ...safe, OPEN_ORDERS_MAX: '' }))).toEqual(['on', 20, 500]);
  });
});
