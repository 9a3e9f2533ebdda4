import type { ClientConfig } from 'pg';
import type { Config } from '#config';

/** How long after the server's own limit the client gives up by itself: the server may be silent. */
const CLIENT_GRACE_MS = 300;
const IDLE_IN_TRANSACTION_MS = 15_000;

/** Limits of every PostgreSQL connection: with the library's defaults a lost server leaves a request waiting for ever. */
export function clientOptions(config: Config, applicationName: string): ClientConfig {
  return {
    connectionString: config.DATABASE_URL,
    application_name: applicationName,
    connectionTimeoutMillis: config.DATABASE_CONNECT_TIMEOUT_MS,
    statement_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS,
    query_timeout: config.DATABASE_STATEMENT_TIMEOUT_MS + CLIENT_GRACE_MS,
    lock_timeout: config.DATABASE_LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  };
}
