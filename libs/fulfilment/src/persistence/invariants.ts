import type { Invariant } from '#database';
import { RETURN_TRANSITIONS, SHIPMENT_TRANSITIONS } from '../domain/transitions.js';

interface Row {
  readonly type: string;
  readonly from: string | null;
  readonly to: string;
}

/** Everything that the tables of transitions allow, as rows of SQL: the type of the event, then from and to. */
const LEGAL = [...Object.values<Row>(SHIPMENT_TRANSITIONS), ...Object.values<Row>(RETURN_TRANSITIONS)]
  .map(({ type, from, to }) => `('${type}', ${from === null ? 'NULL' : `'${from}'`}, '${to}')`)
  .join(', ');

/** What always holds of shipments and returns. */
export const fulfilmentInvariants: readonly Invariant[] = [
  {
    name: 'fulfilment_counts_are_sums',
    description:
      'The units that an order’s line counts as shipped, asked back and returned are the sums of its shipments and returns.',
    sql: `
      SELECT line.*, coalesce(sent.units, 0) AS sent, coalesce(back.asked, 0) AS asked, coalesce(back.units, 0) AS back
      FROM fulfilment.order_lines AS line
      LEFT JOIN (SELECT order_id, sku, sum(quantity) AS units FROM fulfilment.shipment_lines GROUP BY order_id, sku) AS sent
        USING (order_id, sku)
      LEFT JOIN (
        SELECT part.order_id, part.sku, sum(part.quantity) FILTER (WHERE goods.status = 'requested') AS asked,
          sum(part.restocked + part.written_off) AS units
        FROM fulfilment.return_lines AS part JOIN fulfilment.returns AS goods ON goods.id = part.return_id
        GROUP BY part.order_id, part.sku
      ) AS back USING (order_id, sku)
      WHERE (line.shipped, line.return_asked, line.returned)
        IS DISTINCT FROM (coalesce(sent.units, 0), coalesce(back.asked, 0), coalesce(back.units, 0))`,
  },
  {
    name: 'fulfilment_units_within_bounds',
    description: 'No more units leave than were ordered, and no more come back, or are to, than have left.',
    sql: `
      SELECT * FROM fulfilment.order_lines
      WHERE shipped > ordered OR returned + return_asked > shipped OR least(shipped, returned, return_asked) < 0`,
  },
  {
    name: 'fulfilment_received_returns_say_what_came',
    description: 'Each line of a received return says what came of it, and each other line of a return says nothing.',
    sql: `
      SELECT goods.id, goods.status, line.sku, line.restocked, line.written_off
      FROM fulfilment.returns AS goods LEFT JOIN fulfilment.return_lines AS line ON line.return_id = goods.id
      WHERE line.sku IS NULL OR (goods.status = 'received') <> (line.restocked IS NOT NULL)`,
  },
  {
    name: 'fulfilment_shipments_have_goods',
    description: 'Each shipment has lines.',
    sql: `
      SELECT id FROM fulfilment.shipments AS shipment
      WHERE NOT EXISTS (SELECT FROM fulfilment.shipment_lines WHERE shipment_id = shipment.id)`,
  },
  {
    name: 'fulfilment_history_is_a_path',
    description:
      'Each event begins in the state in which the one before ended, and is a row of the tables of transitions.',
    sql: `
      SELECT subject, sequence, type, before_status, from_status, to_status
      FROM (
        SELECT *, lag(to_status) OVER (PARTITION BY subject ORDER BY sequence) AS before_status FROM fulfilment.history
      ) AS event
      WHERE from_status IS DISTINCT FROM before_status OR NOT EXISTS (
        SELECT FROM (VALUES ${LEGAL}) AS legal (type, from_status, to_status)
        WHERE (event.type, event.from_status, event.to_status)
          IS NOT DISTINCT FROM (legal.type, legal.from_status, legal.to_status))`,
  },
  {
    name: 'fulfilment_history_is_complete',
    description:
      'The events of a shipment or a return are numbered from 1 without a gap, and the last one ends in its state.',
    sql: `
      SELECT subject.id, subject.status, subject.last_sequence, known.events, latest.to_status
      FROM (
        SELECT id, status, last_sequence FROM fulfilment.shipments
        UNION ALL SELECT id, status, last_sequence FROM fulfilment.returns
      ) AS subject
      LEFT JOIN (
        SELECT subject, count(*) AS events, max(sequence) AS last FROM fulfilment.history GROUP BY subject
      ) AS known ON known.subject = subject.id
      LEFT JOIN fulfilment.history AS latest ON latest.subject = subject.id AND latest.sequence = subject.last_sequence
      WHERE known.events IS DISTINCT FROM subject.last_sequence OR known.last IS DISTINCT FROM subject.last_sequence
        OR latest.to_status IS DISTINCT FROM subject.status`,
  },
];
