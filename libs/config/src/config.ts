import { settings, type Settings } from './settings.js';

/** A setting is missing or wrong. The message is one line that names the variable and what it takes. */
export class InvalidSetting extends Error {
  constructor(
    readonly variable: string,
    reason: string,
  ) {
    super(`Setting ${variable} ${reason}. See .env.example for what it means.`);
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
 * @throws {InvalidSetting} for the first wrong one.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidSetting(String(issue?.path[0]), `is not usable: ${issue?.message ?? 'unknown reason'}`);
  }
  refuseUnsafeProduction(parsed.data);
  return new Config(parsed.data);
}

function refuseUnsafeProduction(values: Settings): void {
  if (values.NODE_ENV !== 'production') return;
  if (values.LOCK_DRIVER === 'none' || values.LOCK_DRIVER === 'memory') {
    throw new InvalidSetting('LOCK_DRIVER', `must not be ${values.LOCK_DRIVER} in production`);
  }
}
