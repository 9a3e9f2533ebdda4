import { settings, type Settings } from './settings.js';
import { unsafeInProduction } from './unsafe-in-production.js';

/** Settings are missing or wrong. The message has one line for each, which names the variable and what it takes. */
export class InvalidSetting extends Error {
  constructor(reasons: readonly { readonly variable: string; readonly reason: string }[]) {
    super(
      reasons
        .map(({ variable, reason }) => `Setting ${variable} ${reason}. See .env.example for what it means.`)
        .join('\n'),
    );
    this.name = 'InvalidSetting';
  }
}

const SettingsHolder = class {
  constructor(values: Settings) {
    Object.assign(this, values);
    Object.freeze(this);
  }
} as new (values: Settings) => Readonly<Settings>;

/** The settings of this process, read once at its start; also their injection token. */
export class Config extends SettingsHolder {}

/**
 * Reads the settings from environment variables; an empty variable counts as unset.
 *
 * @throws {InvalidSetting} for all that are wrong, or not safe in production.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => {
      return { variable: String(path[0]), reason: `is not usable: ${message}` };
    });
    throw new InvalidSetting(reasons);
  }
  const missing = missingForStripe(parsed.data);
  if (missing.length > 0) throw new InvalidSetting(missing);
  const unsafe = unsafeInProduction(parsed.data);
  if (unsafe.length > 0) throw new InvalidSetting(unsafe);
  return new Config(withDefaultsOf(parsed.data));
}

function missingForStripe(values: Settings): { variable: string; reason: string }[] {
  if (values.PAYMENT_PROVIDER !== 'stripe') return [];
  const needed = ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'] as const;
  return needed
    .filter((variable) => values[variable] === undefined)
    .map((variable) => ({ variable, reason: 'is needed with PAYMENT_PROVIDER=stripe' }));
}

/** Limits of callers are for shops that the public reaches: elsewhere none of these is set by itself. */
const LIMITS_IN_PRODUCTION = { RATE_LIMIT: 'on', OPEN_ORDERS_MAX: 20, HELD_UNITS_MAX: 500 } as const;

function withDefaultsOf(values: Settings): Settings {
  const defaults = values.NODE_ENV === 'production' ? LIMITS_IN_PRODUCTION : { RATE_LIMIT: 'off' as const };
  return { ...defaults, ...values };
}
