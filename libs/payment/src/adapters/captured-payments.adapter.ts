import { Injectable } from '@nestjs/common';
import { CapturedPayments, type ClaimedCapture, type UnfitCapture } from '#contracts';
import type { Reader, Tx } from '#database';
import { NothingToRefund } from '../domain/refund.errors.js';
import { ARE_CAPTURED } from '../persistence/are-captured.js';
import { RequestRefund } from '../use-cases/request-refund.js';

@Injectable()
export class CapturedPaymentsAdapter extends CapturedPayments {
  constructor(private readonly requestRefund: RequestRefund) {
    super();
  }

  override async areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]> {
    const { rows } = await db.query(ARE_CAPTURED, [
      claims.map(({ paymentId }) => paymentId),
      claims.map(({ orderId }) => orderId),
      claims.map(({ amount }) => amount.amount),
      claims.map(({ amount }) => amount.currency),
    ]);
    return rows.map(({ captured }) => captured);
  }

  override async giveBack(tx: Tx, captures: readonly UnfitCapture[]): Promise<void> {
    for (const capture of captures) await this.request(tx, capture);
  }

  private async request(tx: Tx, capture: UnfitCapture): Promise<void> {
    try {
      await this.requestRefund.run(tx, { ...capture, reason: capture.cause, actor: 'system' });
    } catch (error) {
      if (!(error instanceof NothingToRefund)) throw error;
    }
  }
}
