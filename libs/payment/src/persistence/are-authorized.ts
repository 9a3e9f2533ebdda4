import { col, statement } from '#database';

/**
 * For lists of payment, order, amount and currency, in their order: whether that attempt promises, or has promised, that amount for that
 * order. The attempts are locked, so that none is given up before the order that relies on it is written.
 */
export const ARE_AUTHORIZED = statement(
  `WITH locked AS MATERIALIZED (
     SELECT id, order_id, status, authorized_amount, authorized_currency FROM payment.attempts
     WHERE id = ANY ($1) ORDER BY id FOR SHARE
   )
   SELECT CASE WHEN locked.id IS NULL THEN 'no' WHEN locked.status IN ('authorized', 'captured') THEN 'yes' ELSE 'given_up' END AS state
   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS input (id, order_id, amount, currency, position)
   LEFT JOIN locked ON locked.id = input.id AND locked.order_id = input.order_id
     AND locked.authorized_amount = input.amount AND locked.authorized_currency = input.currency
   ORDER BY input.position`,
  { state: col.text<'yes' | 'given_up' | 'no'>() },
);
