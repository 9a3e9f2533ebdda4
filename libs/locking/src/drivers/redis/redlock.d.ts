/** The part of redlock 5.0.0-beta.2 that is used here: its package.json does not lead TypeScript to its own types. */
declare module 'redlock' {
  /** What redlock calls on each node; keys and arguments come in one array. It calls `eval` too, but only after a NOSCRIPT error. */
  export interface RedlockClient {
    evalsha(sha: string, keyCount: number, args: readonly (string | number)[]): Promise<unknown>;
  }

  export interface ExecutionStats {
    readonly votesFor: ReadonlySet<RedlockClient>;
    readonly votesAgainst: ReadonlyMap<RedlockClient, Error>;
  }

  export interface ExecutionResult {
    /** Each settles when all nodes have answered. */
    readonly attempts: readonly Promise<ExecutionStats>[];
  }

  /** A node said that the operation did not apply to all keys. */
  export class ResourceLockedError extends Error {}

  export class ExecutionError extends Error implements ExecutionResult {
    readonly attempts: readonly Promise<ExecutionStats>[];
  }

  export interface Lock {
    resources: string[];
    value: string;
    /** By the wall clock; not used here. */
    expiration: number;
  }

  export default class Redlock {
    constructor(
      clients: Iterable<RedlockClient>,
      settings?: { readonly retryCount: number },
      scripts?: {
        readonly acquireScript: (original: string) => string;
        readonly releaseScript: (original: string) => string;
      },
    );
    /** Only what it is compared with uses this. */
    using<T>(resources: string[], durationMs: number, work: () => Promise<T>): Promise<T>;
    acquire(resources: string[], durationMs: number): Promise<Lock>;
    release(lock: Lock): Promise<ExecutionResult>;
  }
}
