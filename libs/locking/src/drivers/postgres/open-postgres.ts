import type { Config } from '#config';
import { clientOptions } from '#database';
import type { LockDriver } from '../driver.js';
import { PostgresDriver } from './postgres.driver.js';

export const postgresDriver = (config: Config): LockDriver =>
  new PostgresDriver(clientOptions(config, 'holdfast locks'));
