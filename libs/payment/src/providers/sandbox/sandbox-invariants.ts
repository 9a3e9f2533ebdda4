import type { Invariant } from '#database';

/** What only the sandbox can know, because its ledger is at hand. */
export const sandboxInvariants: readonly Invariant[] = [
  {
    name: 'payment_one_charge_an_order',
    description:
      'The sandbox keeps the money of an order at most once: what it took beyond that was given back in full.',
    sql: `SELECT merchant_reference AS order_id, count(*) AS charges FROM payment.sandbox_charges AS charge
          WHERE status = 'captured'
            AND amount > (SELECT coalesce(sum(amount), 0) FROM payment.sandbox_refunds
                          WHERE charge_reference = charge.reference AND status <> 'failed')
          GROUP BY merchant_reference HAVING count(*) > 1`,
  },
  {
    name: 'payment_ledgers_agree',
    description:
      'What the shop believes of a payment that has ended is what stands in the sandbox’s ledger, to the cent.',
    sql: `SELECT coalesce(attempt.id, charge.idempotency_key) AS payment_id, attempt.status, charge.status AS ledger
          FROM (SELECT * FROM payment.attempts WHERE provider = 'sandbox') AS attempt
          FULL JOIN payment.sandbox_charges AS charge ON charge.idempotency_key = attempt.id
          WHERE attempt.id IS NULL
             OR (attempt.status = 'captured' AND (charge.status, charge.reference, charge.amount, charge.currency)
                 IS DISTINCT FROM ('captured', attempt.provider_reference, attempt.captured_amount, attempt.captured_currency))
             OR (attempt.status = 'declined' AND charge.status IS DISTINCT FROM 'declined')
             OR (attempt.status = 'voided' AND charge.status IS DISTINCT FROM 'voided')
             OR (attempt.status = 'failed' AND coalesce(charge.status, 'failed') <> 'failed')`,
  },
  {
    name: 'payment_refund_ledgers_agree',
    description:
      'What the shop believes of a refund that has ended is what stands in the sandbox’s ledger, to the cent.',
    sql: `SELECT refund.id AS refund_id, refund.status, booked.status AS ledger
          FROM payment.refunds AS refund JOIN payment.attempts AS attempt ON attempt.id = refund.payment_id AND attempt.provider = 'sandbox'
          LEFT JOIN payment.sandbox_refunds AS booked ON booked.idempotency_key = refund.id
          WHERE refund.status = 'succeeded' AND refund.cause <> 'made_elsewhere' AND (booked.status, booked.amount, booked.currency)
                IS DISTINCT FROM ('succeeded', refund.amount, refund.currency)
             OR (refund.status = 'failed' AND coalesce(booked.status, 'failed') <> 'failed')`,
  },
];
