import { isIP } from 'node:net';
import { z } from 'zod';
import { currencySchema } from '#kernel';

const whole = (min: number, max: number, byDefault: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);

const urlList = (schemes: readonly string[], byDefault: string) =>
  z
    .string()
    .default(byDefault)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((urls) => urls.every((url) => isUrl(url, schemes)), {
      error: `must be a comma-separated list of URLs that start with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    });

const SECRET_BYTES_MIN = 32;

/** HS256 asks for a key of at least its own 256 bits (RFC 7518, section 3.2). */
const secret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= SECRET_BYTES_MIN, {
    error: `must have at least ${SECRET_BYTES_MIN} bytes; make one with: openssl rand -base64 32`,
  })
  .optional();

const yesOrNo = z.enum(['yes', 'no']).default('no');

function isOrigin(text: string): boolean {
  return isUrl(text, ['http:', 'https:']) && new URL(text).origin === text;
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  return URL.canParse(text) && schemes.includes(new URL(text).protocol);
}

/** Known to everybody, so for development only. */
const DEVELOPMENT_WEBHOOK_SECRET = `whsec_${Buffer.from('holdfast-sandbox-for-development').toString('base64')}`;

function isStandardWebhookSecret(text: string): boolean {
  const base64 = /^(?:whsec_)?([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1] ?? '';
  const { length } = Buffer.from(base64, 'base64');
  return length >= 24 && length <= 64;
}

const ADDRESS_RANGE = /^[0-9A-Fa-f.:]+(?:\/\d{1,3})?$/;

const isAddressRange = (text: string): boolean => {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  return ADDRESS_RANGE.test(text) && family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
};

/** Every setting there is, by the name of its environment variable. `.env.example` explains each; a test keeps the two the same. */
export const settings = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),

  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: whole(0, 65_535, 3000),
  OPS_PORT: z.coerce.number().int().min(1).max(65_535).optional(),
  WORKER_PORT: whole(0, 65_535, 3001),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .refine((origins) => origins.every(isOrigin), {
      error: 'must be a comma-separated list of origins such as https://shop.example, without a path, and never *',
    }),
  TRUST_TRACEPARENT: yesOrNo,
  SHUTDOWN_TIMEOUT_SECONDS: whole(1, 300, 25),
  STREAM_CLIENTS_MAX: whole(0, 100_000, 2_000),
  ADMIN_API_KEY: z
    .string()
    .regex(/^hf_[A-Za-z0-9_-]{24,}$/, 'must be hf_ and at least 24 letters, digits, - or _')
    .optional(),
  CUSTOMER_JWT_SECRET: secret,
  CUSTOMER_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  CUSTOMER_JWT_ISSUER: z.string().min(1).optional(),
  CUSTOMER_JWT_AUDIENCE: z.string().min(1).optional(),

  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .refine((ranges) => ranges.every(isAddressRange), {
      error: 'must be a comma-separated list of IP addresses and ranges such as 10.0.0.0/8',
    }),
  RATE_LIMIT: z.enum(['off', 'on']).optional(),
  RATE_LIMIT_STORE: z.enum(['redis', 'postgres', 'memory']).optional(),
  RATE_LIMIT_TIMEOUT_MS: whole(10, 10_000, 250),
  RATE_LIMIT_ADDRESS_PER_MINUTE: whole(1, 1_000_000, 600),
  RATE_LIMIT_BUYER_PER_MINUTE: whole(1, 1_000_000, 300),
  RATE_LIMIT_API_KEY_PER_MINUTE: whole(1, 10_000_000, 6_000),
  RATE_LIMIT_WRONG_CREDENTIALS_PER_MINUTE: whole(1, 1_000_000, 30),

  DATABASE_URL: z
    .string()
    .default('postgres://holdfast:holdfast@127.0.0.1:15432/holdfast')
    .refine((url) => isUrl(url, ['postgres:', 'postgresql:']), { error: 'must be a URL that starts with postgres://' }),
  DATABASE_POOL_MAX: whole(2, 200, 10),
  DATABASE_QUEUE_TIMEOUT_MS: whole(100, 60_000, 10_000),
  DATABASE_CONNECT_TIMEOUT_MS: whole(100, 30_000, 1_000),
  DATABASE_LOCK_TIMEOUT_MS: whole(100, 60_000, 1_000),
  DATABASE_STATEMENT_TIMEOUT_MS: whole(100, 600_000, 1_500),
  DATABASE_PREPARED_STATEMENTS: yesOrNo.default('yes'),

  COMMAND_BATCH_MAX: whole(1, 500, 50),
  COMMAND_QUEUE_MAX: whole(1, 100_000, 500),

  LOCK_DRIVER: z.enum(['redis', 'etcd', 'zookeeper', 'postgres', 'memory', 'none']).default('redis'),
  REDIS_URLS: urlList(['redis:', 'rediss:'], 'redis://127.0.0.1:16379').refine((urls) => urls.length % 2 === 1, {
    error: 'must name one server or an odd number of independent ones, so that a majority exists',
  }),
  REDIS_KEY_PREFIX: z.string().max(64).default('holdfast:'),
  REDIS_COMMAND_TIMEOUT_MS: whole(10, 10_000, 250),
  ETCD_URLS: urlList(['http:', 'https:'], 'http://127.0.0.1:12379'),
  ZOOKEEPER_URLS: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'must be a comma-separated list of host:port')
    .default('127.0.0.1:12181')
    .transform((text) => text.split(',')),

  RABBITMQ_URLS: urlList(['amqp:', 'amqps:'], 'amqp://holdfast:holdfast@127.0.0.1:15674'),
  RABBITMQ_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9_-]{1,40}$/, 'must have 1 to 40 lower-case letters, digits, - or _')
    .default('holdfast'),
  RABBITMQ_HEARTBEAT_SECONDS: whole(1, 60, 5),
  RETRY_DELAYS_SECONDS: z
    .string()
    .default('5,30,120,600,3600')
    .transform((text) => text.split(',').map(Number))
    .refine((delays) => delays.length <= 8 && delays.every((delay) => Number.isInteger(delay) && delay > 0), {
      error: 'must be a comma-separated list of at most 8 whole numbers of seconds',
    }),
  OUTBOX_POLL_MS: whole(50, 60_000, 1_000),
  OUTBOX_BATCH_MAX: whole(1, 1_000, 100),

  HOLD_TTL_SECONDS: whole(1, 86_400, 900),
  HOLD_EXTENSION_MAX_SECONDS: whole(0, 86_400, 900),
  SHORT_PAYMENT_HOLD_SECONDS: whole(1, 2_592_000, 86_400),
  BUYER_CANCEL_AFTER_PAYMENT: z.enum(['yes', 'no']).default('yes'),
  OPEN_ORDERS_MAX: z.coerce.number().int().min(1).max(1_000_000).optional(),
  HELD_UNITS_MAX: z.coerce.number().int().min(1).max(1_000_000_000).optional(),
  CART_TTL_DAYS: whole(1, 3_650, 30),
  SWEEP_INTERVAL_SECONDS: whole(1, 3_600, 5),
  INVARIANTS_INTERVAL_SECONDS: whole(0, 86_400, 60),
  PAYMENT_SANDBOX_IN_PRODUCTION: yesOrNo,
  DEFAULT_CREDENTIALS_IN_PRODUCTION: yesOrNo,
  UNSAFE_LOCKS_IN_PRODUCTION: yesOrNo,
  PAYMENT_PROVIDER: z.enum(['sandbox', 'stripe']).default('sandbox'),
  PAYMENT_SANDBOX_API_URL: z
    .url({ protocol: /^https?$/ })
    .regex(/[^/]$/, 'must not end in /')
    .optional(),
  PAYMENT_SANDBOX_WEBHOOK_SECRET: z
    .string()
    .default(DEVELOPMENT_WEBHOOK_SECRET)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((secrets) => secrets.length <= 2 && secrets.every(isStandardWebhookSecret), {
      error: 'must be one secret or two, comma-separated, each whsec_ and 24 to 64 bytes in base64',
    }),
  PAYMENT_SANDBOX_WEBHOOKS: z.enum(['needed', 'all', 'unreliable', 'off']).default('needed'),
  PAYMENT_SANDBOX_DELAY_MS: whole(0, 3_600_000, 3_000),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^[sr]k_\w{8,}$/, 'must be a secret key (sk_…) or a restricted key (rk_…)')
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(
      /^whsec_[^\s,]{8,}(?:,\s*whsec_[^\s,]{8,})?$/,
      'must be one signing secret (whsec_…) or two, comma-separated',
    )
    .transform((text) => text.split(',').map((part) => part.trim()))
    .optional(),
  STRIPE_API_BASE: z.url({ protocol: /^https?$/ }).default('https://api.stripe.com'),
  PAYMENT_TIMEOUT_MS: whole(100, 20_000, 5_000),
  PAYMENT_CAPTURE: z.enum(['automatic', 'manual']).default('automatic'),
  PAYMENT_REVIEW_AFTER_SECONDS: whole(60, 2_592_000, 86_400),
  PAYMENT_RECONCILE_INTERVAL_SECONDS: whole(0, 604_800, 86_400).refine((seconds) => seconds === 0 || seconds >= 60, {
    error: 'must be 0 or at least 60',
  }),
  PAYMENT_ATTEMPTS_MAX: whole(1, 100, 10),
  DEFAULT_CURRENCY: z
    .string()
    .refine((code) => currencySchema.safeParse(code).success, { error: 'must be an ISO 4217 code such as EUR' })
    .default('EUR'),
});

export type Settings = z.infer<typeof settings>;
