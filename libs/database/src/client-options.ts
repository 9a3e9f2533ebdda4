import type { ClientConfig } from 'pg';
import type { Config } from '#config';

/** How long after the server's own limit the client gives up by itself: the server may be silent. */
const CLIENT_GRACE_MS = 300;
const IDLE_IN_TRANSACTION_MS = 15_000;

/**
 * What our code relies on, whatever the database or the role has set: how times and bytes are written, what is found without a schema, how
 * transactions behave. Sent with the first packet of a connection, so it costs no round trip. A setting of the same name in the `options`
 * of DATABASE_URL wins.
 */
const SESSION_SETTINGS = {
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  search_path: 'public',
  default_transaction_isolation: 'read\\ committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
};

const SESSION_OPTIONS = Object.entries(SESSION_SETTINGS)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** Limits and session settings of every PostgreSQL connection: with the library's defaults a lost server leaves a request waiting for ever. */
export function clientOptions(config: Config, applicationName: string): ClientConfig {
  return {
    connectionString: config.DATABASE_URL,
    application_name: applicationName,
    options: SESSION_OPTIONS,
    connectionTimeoutMillis: config.DATABASE_CONNECT_TIMEOUT_MS,
    statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
    query_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS + CLIENT_GRACE_MS,
    lock_timeout: config.DATABASE_LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  };
}
