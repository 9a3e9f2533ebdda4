import { col, statement } from '#database';

/** For returns as JSON, in their order: whether exactly these units have come back for that order, to that place and with that refund. */
export const ARE_RECEIVED = statement(
  `SELECT goods.id IS NOT NULL AND input.lines = (
       SELECT jsonb_agg(jsonb_build_array(line.sku, line.restocked, line.written_off) ORDER BY line.sku)
       FROM fulfilment.return_lines AS line WHERE line.return_id = goods.id AND line.restocked + line.written_off > 0) AS received
   FROM (
     SELECT place, "returnId", "orderId", location, amount, currency, (
       SELECT jsonb_agg(jsonb_build_array(line.sku, line.restocked, line."writtenOff") ORDER BY line.sku COLLATE "C")
       FROM jsonb_to_recordset(lines) AS line (sku text, restocked integer, "writtenOff" integer)) AS lines
     FROM jsonb_to_recordset($1::jsonb) AS claim (
       place integer, "returnId" text, "orderId" text, location text, amount bigint, currency text, lines jsonb)
   ) AS input
   LEFT JOIN fulfilment.returns AS goods ON goods.id = input."returnId" AND goods.order_id = input."orderId"
     AND goods.status = 'received' AND goods.location IS NOT DISTINCT FROM input.location
     AND (goods.refund_amount, goods.refund_currency::text) IS NOT DISTINCT FROM (input.amount, input.currency)
   ORDER BY input.place`,
  { received: col.boolean() },
);
