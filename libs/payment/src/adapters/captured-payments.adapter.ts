import { Injectable } from '@nestjs/common';
import { CapturedPayments, type ClaimedCapture, type UnfitCapture } from '#contracts';
import type { Reader, Tx } from '#database';
import { NothingToRefund } from '../domain/payment.errors.js';
import { RequestRefund } from '../use-cases/request-refund.js';

const ARE_CAPTURED = `
  SELECT attempt.id IS NOT NULL AS captured
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS input (id, order_id, amount, currency, position)
  LEFT JOIN payment.attempts AS attempt
    ON attempt.id = input.id AND attempt.order_id = input.order_id AND attempt.status = 'captured'
    AND attempt.captured_amount = input.amount AND attempt.captured_currency = input.currency
  ORDER BY input.position`;

@Injectable()
export class CapturedPaymentsAdapter extends CapturedPayments {
  constructor(private readonly requestRefund: RequestRefund) {
    super();
  }

  override async areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]> {
    const { rows } = await db.query<{ captured: boolean }>(ARE_CAPTURED, [
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
