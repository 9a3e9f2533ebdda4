import type { Trial, TrialOptions } from './trial.js';

/** What came out of one fault: the figures that stand in the table, and whether the promise held. */
export interface Outcome {
  readonly orders: number;
  /** Orders that were paid and are not confirmed. */
  readonly lost: number;
  /** Orders of which something was done twice. */
  readonly doubled: number;
  /** Deliveries beyond the one that took effect. */
  readonly redelivered: number;
  /** From the fault until an order that was paid after it was confirmed; the worst, where it was repeated. */
  readonly recoveredSeconds: number | undefined;
  readonly remark: string;
  /** Why it did not hold. Empty is the only good answer. */
  readonly complaints: readonly string[];
}

export interface Fault {
  readonly name: string;
  readonly shop?: TrialOptions;
  /** Does it to a shop in which people buy. */
  happen(trial: Trial): Promise<void>;
}
