import type { Reader, Tx } from '#database';
import type { Currency } from '#kernel';
import type { KnownRefund, NewRefund } from '../payment-provider.js';

export interface LedgerRefund {
  readonly idempotencyKey: string;
  readonly reference: string;
  readonly chargeReference: string;
  readonly amount: number;
  readonly currency: Currency;
  readonly status: 'submitted' | 'succeeded' | 'failed';
}

const COLUMNS = `idempotency_key AS "idempotencyKey", reference, charge_reference AS "chargeReference", amount, currency, status`;

/** What the sandbox has given back. */
export class SandboxRefunds {
  /**
   * Books the refund unless more would be given back than was taken; the row of the charge is locked for that. A repetition finds the
   * refund that is there. Undefined: more than is left.
   */
  async book(
    tx: Tx,
    { refundId, payment, amount }: NewRefund,
    status: LedgerRefund['status'],
  ): Promise<{ readonly refund: LedgerRefund; readonly isNew: boolean } | undefined> {
    await tx.query('SELECT 1 FROM payment.sandbox_charges WHERE reference = $1 FOR UPDATE', [payment.reference]);
    const earlier = await this.find(tx, { refundId, payment });
    if (earlier !== undefined) return { refund: earlier, isNew: false };
    const { rows } = await tx.query<LedgerRefund>(
      `INSERT INTO payment.sandbox_refunds (idempotency_key, charge_reference, amount, currency, status)
       SELECT $1, charge.reference, $3::bigint, $4::char(3), $5
       FROM payment.sandbox_charges AS charge
       WHERE charge.reference = $2 AND charge.status = 'captured' AND charge.currency = $4::char(3)
         AND charge.amount >= $3::bigint + (SELECT coalesce(sum(amount), 0) FROM payment.sandbox_refunds
                                    WHERE charge_reference = charge.reference AND status <> 'failed')
       RETURNING ${COLUMNS}`,
      [refundId, payment.reference, amount.amount, amount.currency, status],
    );
    const [refund] = rows;
    return refund && { refund, isNew: true };
  }

  async find(db: Reader, { refundId, reference }: KnownRefund): Promise<LedgerRefund | undefined> {
    const { rows } = await db.query<LedgerRefund>(
      `SELECT ${COLUMNS} FROM payment.sandbox_refunds WHERE ${reference === undefined ? 'idempotency_key' : 'reference'} = $1`,
      [reference ?? refundId],
    );
    return rows[0];
  }

  /** Undefined when it was settled before. */
  async settle(tx: Tx, reference: string): Promise<LedgerRefund | undefined> {
    const { rows } = await tx.query<LedgerRefund>(
      `UPDATE payment.sandbox_refunds SET status = 'succeeded' WHERE reference = $1 AND status = 'submitted' RETURNING ${COLUMNS}`,
      [reference],
    );
    return rows[0];
  }
}
