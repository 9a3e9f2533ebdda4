import type { Settings } from './settings.js';

interface Danger {
  readonly variable: keyof Settings;
  /** Set to `yes`, it allows the danger. */
  readonly permit: keyof Settings;
  readonly isPresent: (settings: Settings) => boolean;
  readonly reason: string;
}

/** The password that `npm start` and the compose file use on a developer's machine. */
const hasDefaultPassword = (url: string): boolean => new URL(url).password === 'holdfast';

const DANGERS: readonly Danger[] = [
  {
    variable: 'PAYMENT_PROVIDER',
    permit: 'PAYMENT_SANDBOX_IN_PRODUCTION',
    isPresent: ({ PAYMENT_PROVIDER }) => PAYMENT_PROVIDER === 'sandbox',
    reason: 'must not be sandbox in production: it takes no real money',
  },
  {
    variable: 'DATABASE_URL',
    permit: 'DEFAULT_CREDENTIALS_IN_PRODUCTION',
    isPresent: ({ DATABASE_URL }) => hasDefaultPassword(DATABASE_URL),
    reason: 'must not have the password of development in production',
  },
  {
    variable: 'RABBITMQ_URLS',
    permit: 'DEFAULT_CREDENTIALS_IN_PRODUCTION',
    isPresent: ({ RABBITMQ_URLS }) => RABBITMQ_URLS.some(hasDefaultPassword),
    reason: 'must not have the password of development in production',
  },
  {
    variable: 'LOCK_DRIVER',
    permit: 'UNSAFE_LOCKS_IN_PRODUCTION',
    isPresent: ({ LOCK_DRIVER }) => LOCK_DRIVER === 'none' || LOCK_DRIVER === 'memory',
    reason: 'must not be none or memory in production: several processes would not exclude each other',
  },
];

/** What a shop that takes real money must not run with, unless it is allowed by name. */
export function unsafeInProduction(settings: Settings): { variable: string; reason: string }[] {
  if (settings.NODE_ENV !== 'production') return [];
  return DANGERS.filter(({ isPresent, permit }) => isPresent(settings) && settings[permit] !== 'yes').map(
    ({ variable, reason, permit }) => ({ variable, reason: `${reason}; ${permit}=yes allows it` }),
  );
}
