import { sqlStateOf } from '#database';
import { UnreadableMessage } from '../envelope.js';
import { HandlerTimeout } from './deadline.js';
import { PermanentFailure } from './permanent-failure.js';

/** Waits before the further tries within one delivery: what a deadlock or a lost connection needs. */
export const IMMEDIATE_DELAYS_MS = [50, 200];

export type NextStep =
  | { readonly step: 'again'; readonly delayMs: number }
  | { readonly step: 'later'; readonly delaySeconds: number }
  | { readonly step: 'exhausted' | 'dead' };

/** SQLSTATE class 22, data exception: the same values are refused every time. */
const isWrongData = (error: unknown): boolean => sqlStateOf(error)?.startsWith('22') === true;

/**
 * SQLSTATE class 23, integrity constraint violation. Two transactions that insert the same row at once meet it too, so the tries of one
 * delivery are made; by the last of them the other transaction has ended.
 */
const isRefusedByConstraint = (error: unknown): boolean => sqlStateOf(error)?.startsWith('23') === true;

/** Three tries a delivery, then the next rung of the ladder, and above its last rung the dead letters. */
export class RetryPolicy {
  constructor(private readonly ladderSeconds: readonly number[]) {}

  /**
   * @param triesBefore tries of this delivery that failed before this one
   * @param rungsBefore rungs that the message has climbed
   */
  after(error: unknown, triesBefore: number, rungsBefore: number): NextStep {
    if (error instanceof PermanentFailure || error instanceof UnreadableMessage) return { step: 'dead' };
    if (isWrongData(error)) return { step: 'dead' };
    const delayMs = IMMEDIATE_DELAYS_MS[triesBefore];
    // A handler that used up its time would most likely do so again, and its place is wanted by others.
    if (delayMs !== undefined && !(error instanceof HandlerTimeout)) return { step: 'again', delayMs };
    if (isRefusedByConstraint(error)) return { step: 'dead' };
    const delaySeconds = this.ladderSeconds[rungsBefore];
    return delaySeconds === undefined ? { step: 'exhausted' } : { step: 'later', delaySeconds };
  }
}
