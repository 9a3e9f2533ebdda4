import type { LockOptions } from '#locking';

/** Keys that are acquired in one call, and how. */
export interface LockRequest {
  /** None: nothing is locked. */
  readonly keys: readonly string[];
  readonly options: LockOptions;
}

/** One kind of thing that is locked: how its keys are spelled, and how long a request holds and waits for them. */
export class LockDomain {
  /** @param name the part of a key before its colon */
  constructor(
    readonly name: string,
    private readonly options: LockOptions,
  ) {}

  /** Ids may have any characters. */
  lock(...ids: readonly string[]): LockRequest {
    return { keys: ids.map((id) => `${this.name}:${encodeURIComponent(id)}`), options: this.options };
  }
}
