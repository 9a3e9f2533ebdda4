import { col, statement } from '#database';

/** For lists of payment, order, amount and currency, in their order: whether that attempt has taken that amount for that order. */
export const ARE_CAPTURED = statement(
  `SELECT attempt.id IS NOT NULL AS captured
  FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS input (id, order_id, amount, currency, position)
  LEFT JOIN payment.attempts AS attempt
    ON attempt.id = input.id AND attempt.order_id = input.order_id AND attempt.status = 'captured'
    AND attempt.captured_amount = input.amount AND attempt.captured_currency = input.currency
  ORDER BY input.position`,
  { captured: col.boolean() },
);
