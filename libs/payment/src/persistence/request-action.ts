import { col, statement, type Tx } from '#database';
import type { Id } from '#kernel';

/** What can be done with promised money. */
export type PaymentAction = 'capture' | 'void';

export const REQUEST_ACTION = statement(
  `UPDATE payment.attempts SET requested_action = $2
   WHERE id = $1 AND status = 'authorized' AND requested_action IS NULL RETURNING id`,
  { id: col.text<Id<'pay'>>() },
);

/** False when its money is not promised, or something was asked for before. */
export async function requestAction(tx: Tx, paymentId: Id<'pay'>, action: PaymentAction): Promise<boolean> {
  return (await tx.query(REQUEST_ACTION, [paymentId, action])).rows.length > 0;
}
