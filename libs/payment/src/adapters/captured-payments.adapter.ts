import { Injectable } from '@nestjs/common';
import { CapturedPayments, type ClaimedCapture } from '#contracts';
import type { Reader } from '#database';

const ARE_CAPTURED = `
  SELECT attempt.id IS NOT NULL AS captured
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS input (id, order_id, amount, currency, position)
  LEFT JOIN payment.attempts AS attempt
    ON attempt.id = input.id AND attempt.order_id = input.order_id AND attempt.status = 'captured'
    AND attempt.captured_amount = input.amount AND attempt.captured_currency = input.currency
  ORDER BY input.position`;

@Injectable()
export class CapturedPaymentsAdapter extends CapturedPayments {
  override async areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]> {
    const { rows } = await db.query<{ captured: boolean }>(ARE_CAPTURED, [
      claims.map(({ paymentId }) => paymentId),
      claims.map(({ orderId }) => orderId),
      claims.map(({ amount }) => amount.amount),
      claims.map(({ amount }) => amount.currency),
    ]);
    return rows.map(({ captured }) => captured);
  }
}
