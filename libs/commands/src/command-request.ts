import type { DomainError } from '#kernel';
import type { IdempotencyKey } from './idempotency/idempotency-key.js';
import type { StoredResult } from './idempotency/stored-result.js';

/** How a caller sends a command, and how it wants to be answered. */
export interface CommandOptions<Result> {
  /** Without a key every call is a request of its own, and nothing is stored. */
  readonly key?: IdempotencyKey | undefined;
  /** The answer to a result. */
  readonly respond: (result: Result) => StoredResult;
  /** The answer to a refusal, to be given again to every repetition. Undefined for one that may pass: it is not stored. */
  readonly refuse: (error: DomainError) => StoredResult | undefined;
}

/** One member of a list of requests. */
export interface CommandRequest<Request, Result> extends CommandOptions<Result> {
  readonly request: Request;
}

export interface CommandResult {
  readonly result: StoredResult;
  /** Whether an earlier request with the same key got it. */
  readonly replayed: boolean;
}

/** `error` is a refusal, or what made the work fail. */
export type CommandOutcome = CommandResult | { readonly error: unknown };

/** Another transaction has begun or finished the same request since its key was reserved: run again to find its result. */
export class OvertakenByAnother extends Error {}

/** Runs to find what others did with the same key. */
export const RUNS_MAX = 3;
