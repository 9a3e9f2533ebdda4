import { DomainError } from '#kernel';

/** PostgreSQL refused the transaction again and again because others held its rows. Worth trying again soon. */
export class DatabaseBusy extends DomainError {
  static override readonly problem = {
    code: 'database_busy',
    kind: 'unavailable',
    title: 'Too many changes at once',
    retryAfterSeconds: 1,
  } as const;
  constructor(cause: unknown) {
    super('Too many requests change the same data. Try again in a second.', {}, { cause });
  }
}

/** PostgreSQL cannot be reached or does not answer in time. A write that was under way may or may not have taken effect. */
export class DatabaseUnavailable extends DomainError {
  static override readonly problem = {
    code: 'database_unavailable',
    kind: 'unavailable',
    title: 'Database does not answer',
    retryAfterSeconds: 2,
  } as const;
  constructor(cause: unknown) {
    super('The database does not answer at the moment. Send the same request again in a few seconds.', {}, { cause });
  }
}

/**
 * Serialization failure, deadlock, lock timeout, and a statement that was cut off by its own limit: short as ours are, it waited for
 * one row after the other, for none of them as long as a lock timeout.
 */
const RERUNNABLE = new Set(['40001', '40P01', '55P03', '57014']);

/** A prepared statement was planned before a migration changed its result. A new connection plans it anew. */
export function isStalePlan(error: unknown): boolean {
  return codeOf(error) === '0A000' && /cached plan must not change result type/.test(String(error));
}

/** Connection exceptions (class 08), shutdown (57P…), out of connections or disk (class 53), a server that takes no writes. */
const UNAVAILABLE_SQLSTATE = /^(08...|53...|57P0.|25006)$/;
const UNAVAILABLE_SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
/** node-postgres reports these without a code. */
const SILENT_MESSAGE = /timeout exceeded when trying to connect|Query read timeout|timeout expired/i;
const UNAVAILABLE_MESSAGE =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|not queryable|Client was closed|Driver not Connected|timeout expired/i;

/** Whether running the whole transaction again can succeed. */
export function isRerunnable(error: unknown): boolean {
  return RERUNNABLE.has(codeOf(error)) || isStalePlan(error);
}

/** Whether nobody else would be served either: no connection can be made, or the server is silent. */
export function isServerGone(error: unknown): boolean {
  return UNAVAILABLE_SYSTEM.has(codeOf(error)) || (error instanceof Error && SILENT_MESSAGE.test(error.message));
}

/**
 * Tells a database that is contended or gone from an error in what was asked of it. An error of the network counts only once `Transactions`
 * has translated it: a client that hangs up, or a provider that is away, has the same codes.
 */
export function databaseFailure(error: unknown): 'busy' | 'unavailable' | undefined {
  if (error instanceof DatabaseBusy || isRerunnable(error)) return 'busy';
  return error instanceof DatabaseUnavailable || UNAVAILABLE_SQLSTATE.test(codeOf(error)) ? 'unavailable' : undefined;
}

/** The same for an error that is known to come from a connection to the database. */
export function isConnectionFailure(error: unknown): boolean {
  if (databaseFailure(error) === 'unavailable' || UNAVAILABLE_SYSTEM.has(codeOf(error))) return true;
  return error instanceof Error && UNAVAILABLE_MESSAGE.test(error.message);
}

/** Whether a unique constraint, optionally the named one, refused the row. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (codeOf(error) !== '23505') return false;
  return constraint === undefined || (driverError(error) as { constraint?: string }).constraint === constraint;
}

/** The SQLSTATE with which PostgreSQL refused; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

function driverError(error: unknown): unknown {
  return (error as { driverError?: unknown } | null)?.driverError ?? error;
}

function codeOf(error: unknown): string {
  const code = (driverError(error) as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
