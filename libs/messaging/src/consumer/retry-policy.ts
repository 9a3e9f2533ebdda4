import { sqlStateOf } from '#database';
import { HandlerTimeout } from './deadline.js';
import { UnreadableMessage } from '../events/envelope.js';
import { PermanentFailure } from './failures.js';

/** Waits before the further tries within one delivery: enough for a deadlock or a lost connection. */
export const IMMEDIATE_DELAYS_MS = [50, 200];

export type NextStep =
  | { readonly step: 'again'; readonly delayMs: number }
  | { readonly step: 'retried'; readonly delaySeconds: number }
  | { readonly step: 'retries_exhausted' | 'rejected' };

/** SQLSTATE class 22, data exception: the same values are refused every time. */
const isWrongData = (error: unknown): boolean => sqlStateOf(error)?.startsWith('22') === true;

/**
 * SQLSTATE class 23, integrity constraint violation. Two transactions that insert the same row at once meet it too, so the tries of one
 * delivery are made; by the last of them the other transaction has ended.
 */
const isConstraintViolation = (error: unknown): boolean => sqlStateOf(error)?.startsWith('23') === true;

/** Three tries a delivery, then the next retry level, and after the last one the dead letters. */
export class RetryPolicy {
  constructor(private readonly retryDelaysSeconds: readonly number[]) {}

  /**
   * @param triesBefore tries of this delivery that failed before this one
   * @param retryLevel retry levels that the message has been through
   */
  after(error: unknown, triesBefore: number, retryLevel: number): NextStep {
    if (error instanceof PermanentFailure || error instanceof UnreadableMessage) return { step: 'rejected' };
    if (isWrongData(error)) return { step: 'rejected' };
    const delayMs = IMMEDIATE_DELAYS_MS[triesBefore];
    // A handler that used up its time would most likely do so again, and others wait for its connection.
    if (delayMs !== undefined && !(error instanceof HandlerTimeout)) return { step: 'again', delayMs };
    if (isConstraintViolation(error)) return { step: 'rejected' };
    const delaySeconds = this.retryDelaysSeconds[retryLevel];
    return delaySeconds === undefined ? { step: 'retries_exhausted' } : { step: 'retried', delaySeconds };
  }
}
