import { existsSync } from 'node:fs';
import { loadConfig, type Config } from '#config';

/**
 * The settings: environment variables, and for those not set there the file .env in the working directory.
 *
 * @throws {InvalidSetting}
 */
export function readConfig(overrides: Readonly<Record<string, string>> = {}): Config {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return loadConfig({ ...process.env, ...overrides });
}
