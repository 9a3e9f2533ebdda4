import { col, statement, type RowOf, type Tx } from '#database';
import { newId, type Id } from '#kernel';
import type { DisputeStatus } from './dispute.entity.js';

export const WRITE_DISPUTE = statement(
  `INSERT INTO payment.disputes AS dispute (id, payment_id, provider, provider_reference, status, closed_at)
   VALUES ($1, $2, $3, $4, $5, CASE WHEN $5 <> 'open' THEN now() END)
   ON CONFLICT (provider, provider_reference) DO UPDATE
     SET status = excluded.status, closed_at = excluded.closed_at, last_sequence = dispute.last_sequence + 1
     WHERE dispute.status = 'open' AND excluded.status <> 'open'
   RETURNING id, last_sequence AS sequence`,
  { id: col.text<Id<'dsp'>>(), sequence: col.integer() },
);

export interface KnownDispute {
  readonly paymentId: Id<'pay'>;
  readonly provider: string;
  readonly reference: string;
  readonly status: DisputeStatus;
}

/** Undefined when that was known, or the dispute is decided: what opens one may come after what closes it. */
export async function writeDispute(
  tx: Tx,
  { paymentId, provider, reference, status }: KnownDispute,
): Promise<RowOf<typeof WRITE_DISPUTE> | undefined> {
  const { rows } = await tx.query(WRITE_DISPUTE, [newId('dsp'), paymentId, provider, reference, status]);
  return rows[0];
}
