import type { Reader, Tx } from '#database';
import type { DomainError } from '#kernel';
import { runInTrace, traceOf } from '#observability';
import type { LockRequest } from './lock-domain.js';

/** What became of one request of a list. */
export type Outcome<Result> = { readonly result: Result } | { readonly error: DomainError };

/** What a command may lock before its first transaction. */
abstract class LockedCommand<Request> {
  /**
   * Requests that may share a transaction. More than one suits a command whose statements take lists, and that returns its refusals: one
   * that is thrown makes every request of the list run alone.
   */
  readonly batchMax: number = 1;

  /** Acquired for each request by itself, before it shares a transaction with others. */
  lock?(request: Request): LockRequest;
}

/**
 * A use case that changes something, in one transaction. It takes a list: the runner decides how many requests share a transaction, and an
 * ordinary request is a list of one.
 */
export abstract class Command<Request, Result> extends LockedCommand<Request> {
  /** Acquired once for all requests that share a transaction, inside the locks of their own. */
  sharedLock?(db: Reader, requests: readonly Request[]): Promise<LockRequest>;

  /**
   * Outcomes come in the order of the requests. A refused request leaves `tx` usable and the other requests as they are. A command that
   * cannot promise that for a refusal throws it: the transaction is rolled back, and each request of the list runs again alone.
   */
  abstract run(tx: Tx, requests: readonly Request[]): Promise<readonly Outcome<Result>[]>;
}

/** A command whose requests share nothing but their transaction. */
export abstract class SingleCommand<Request, Result> extends Command<Request, Result> {
  override run(tx: Tx, requests: readonly Request[]): Promise<readonly Outcome<Result>[]> {
    return oneByOne(requests, (request) => this.runOne(tx, request));
  }

  /** Throws its refusals. */
  abstract runOne(tx: Tx, request: Request): Promise<Result>;
}

/** A command of one function. For what is too small for a class of its own. */
export function singleCommand<Request, Result>(
  work: (tx: Tx, request: Request) => Promise<Result>,
): SingleCommand<Request, Result> {
  return new (class extends SingleCommand<Request, Result> {
    override runOne(tx: Tx, request: Request): Promise<Result> {
      return work(tx, request);
    }
  })();
}

/** One request of a command that takes several transactions, and the name of what it works on. */
export interface Opening<Request> {
  readonly resource: string;
  readonly request: Request;
}

/** What the call has brought for one request. */
export interface Closing<Opened, Called> {
  readonly resource: string;
  readonly opened: Opened;
  readonly called: Called;
}

/**
 * A use case that calls the outside world between two transactions. Nothing is held during the call: no connection, no row, no lock. A
 * request whose process died in between goes on with the same resource when it is repeated with the same key, so the call must bear a
 * repetition. Refusals are returned or thrown as by `Command.run`.
 */
export abstract class ExternalCommand<Request, Opened, Called, Result> extends LockedCommand<Request> {
  /** A name for what a new request will work on. It is stored with the key. */
  abstract newResource(request: Request): string;

  /** First transaction: whatever must be durable before the call. */
  abstract open(tx: Tx, openings: readonly Opening<Request>[]): Promise<readonly Outcome<Opened>[]>;

  /** In place of `open`, for a request that was opened by work that did not finish it. */
  abstract resume(tx: Tx, opening: Opening<Request>): Promise<Opened>;

  /** May take its time. An error says that nothing is known of its effect; the caller gets a `DomainError`. */
  abstract call(opened: Opened, opening: Opening<Request>): Promise<Called>;

  /** Second transaction. */
  abstract finish(tx: Tx, closings: readonly Closing<Opened, Called>[]): Promise<readonly Outcome<Result>[]>;
}

/** Outcomes of work that handles one request at a time, each in its own trace, and throws its refusals. */
export async function oneByOne<Request, Result>(
  requests: readonly Request[],
  work: (request: Request) => Promise<Result>,
): Promise<Outcome<Result>[]> {
  const outcomes: Outcome<Result>[] = [];
  for (const request of requests) outcomes.push({ result: await inTraceOf(request, () => work(request)) });
  return outcomes;
}

/** Runs work on a request in the trace in which the request came, however many others share its transaction. */
export function inTraceOf<T>(request: unknown, work: () => T): T {
  const trace = traceOf(request);
  return trace === undefined ? work() : runInTrace(trace, work);
}
