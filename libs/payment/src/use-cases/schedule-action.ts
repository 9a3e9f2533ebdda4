import { Injectable } from '@nestjs/common';
import { PaymentActionDue } from '#contracts';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { later, Schedule } from '#messaging';
import { requestAction, type PaymentAction } from '../persistence/request-action.js';

/** When an action that the provider has not confirmed is tried again, and after that every hour. */
const AGAIN_AFTER_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000];
const LATER_MS = 3_600_000;

/** Has promised money captured or given up at the provider, once: what is asked for first counts. */
@Injectable()
export class ScheduleAction {
  constructor(private readonly schedule: Schedule) {}

  /** False when its money is not promised, or something was asked for before. */
  async run(tx: Tx, paymentId: Id<'pay'>, action: PaymentAction): Promise<boolean> {
    if (!(await requestAction(tx, paymentId, action))) return false;
    await this.put(tx, paymentId, 1, 0);
    return true;
  }

  /** @param attempt number of the try that has not brought a definite answer, from 1 */
  again(tx: Tx, paymentId: Id<'pay'>, attempt: number): Promise<void> {
    return this.put(tx, paymentId, attempt + 1, AGAIN_AFTER_MS[attempt - 1] ?? LATER_MS);
  }

  private put(tx: Tx, paymentId: Id<'pay'>, attempt: number, inMs: number): Promise<void> {
    const data = { paymentId, attempt };
    return this.schedule.put(tx, [later(PaymentActionDue, { subject: paymentId, due: { inMs }, data })]);
  }
}
