import { Injectable } from '@nestjs/common';
import { CapturedPayments, type ClaimedCapture, type UnfitCapture } from '#contracts';
import type { Reader, Tx } from '#database';
import { NothingToRefund } from '../domain/refund.errors.js';
import { ARE_AUTHORIZED } from '../persistence/are-authorized.js';
import { ARE_CAPTURED } from '../persistence/are-captured.js';
import { RequestRefund } from '../use-cases/request-refund.js';
import { ScheduleAction } from '../use-cases/schedule-action.js';

@Injectable()
export class CapturedPaymentsAdapter extends CapturedPayments {
  constructor(
    private readonly requestRefund: RequestRefund,
    private readonly scheduleAction: ScheduleAction,
  ) {
    super();
  }

  override async areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]> {
    const { rows } = await db.query(ARE_CAPTURED, columnsOf(claims));
    return rows.map(({ captured }) => captured);
  }

  override async areAuthorized(tx: Tx, claims: readonly ClaimedCapture[]): Promise<('yes' | 'given_up' | 'no')[]> {
    const { rows } = await tx.query(ARE_AUTHORIZED, columnsOf(claims));
    return rows.map(({ state }) => state);
  }

  override async giveBack(tx: Tx, captures: readonly UnfitCapture[]): Promise<void> {
    for (const capture of captures) await this.request(tx, capture);
  }

  private async request(tx: Tx, capture: UnfitCapture): Promise<void> {
    if (await this.scheduleAction.run(tx, capture.paymentId, 'void')) return;
    try {
      await this.requestRefund.run(tx, { ...capture, reason: capture.cause, actor: 'system' });
    } catch (error) {
      if (!(error instanceof NothingToRefund)) throw error;
    }
  }
}

const columnsOf = (claims: readonly ClaimedCapture[]): unknown[] => [
  claims.map(({ paymentId }) => paymentId),
  claims.map(({ orderId }) => orderId),
  claims.map(({ amount }) => amount.amount),
  claims.map(({ amount }) => amount.currency),
];
