/** A bucket holds `capacity` tokens and gets new ones evenly, until it is full. A request takes tokens out; an empty bucket refuses it. */
export interface Draw {
  readonly key: string;
  readonly capacity: number;
  readonly refillPerMs: number;
  /** Fewer tokens than this refuse the whole list. */
  readonly atLeast: number;
  /** Tokens taken when nothing of the list is refused; 0 only looks, below 0 gives back. The level never falls below minus the capacity. */
  readonly cost: number;
}

export interface Drawn {
  /** False: some bucket had too little, and nothing was taken from any. */
  readonly allowed: boolean;
  /** Level of each bucket now, in the order of the draws; below 0 for a debt. */
  readonly levels: readonly number[];
}

/** Where buckets are kept. A list of draws is decided as one. */
export interface BucketStore {
  draw(draws: readonly Draw[]): Promise<Drawn>;
  /** Waits until it can be asked, `timeoutMs` at the most. */
  opened(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Lets a draw pass whatever is in the bucket. */
export const WHATEVER_IS_LEFT = -1e9;
