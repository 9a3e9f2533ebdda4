import { col, statement, type Tx } from '#database';
import type { HoldLine } from '#contracts';
import type { Id } from '#kernel';
import { SHIPMENT_TRANSITIONS } from '../domain/transitions.js';
import type { Tracking } from './shipment.entity.js';

/** Goods that leave. */
export interface NewShipment {
  readonly id: Id<'shp'>;
  readonly orderId: Id<'order'>;
  readonly goods: readonly HoldLine[];
  readonly location?: string | undefined;
  readonly tracking?: Tracking | undefined;
  readonly actor: string;
}

export const INSERT_SHIPMENT = statement(`
  WITH inserted AS (
    INSERT INTO fulfilment.shipments (id, order_id, status, location, carrier, tracking_number, tracking_url, shipped_by)
    VALUES ($1, $2, $9, $3, $4, $5, $6, $7)
    RETURNING id, order_id, status, last_sequence, shipped_by
  ), line_rows AS (
    INSERT INTO fulfilment.shipment_lines (shipment_id, order_id, sku, quantity)
    SELECT inserted.id, inserted.order_id, line.sku, line.quantity
    FROM inserted CROSS JOIN jsonb_to_recordset($8::jsonb) AS line (sku text, quantity integer)
  )
  INSERT INTO fulfilment.history (subject, sequence, type, to_status, actor)
  SELECT id, last_sequence, $10, status, shipped_by FROM inserted`);

export const DELIVER_SHIPMENT = statement(
  `WITH updated AS (
     UPDATE fulfilment.shipments
     SET status = $3, delivered_by = $4, delivered_at = now(), last_sequence = last_sequence + 1
     WHERE id = $1 AND status = $2
     RETURNING id, status, last_sequence, delivered_by
   ), history_rows AS (
     INSERT INTO fulfilment.history (subject, sequence, type, from_status, to_status, actor)
     SELECT id, last_sequence, $5, $2, status, delivered_by FROM updated
   )
   SELECT id FROM updated`,
  { id: col.text<Id<'shp'>>() },
);

/** Writes a shipment with its lines and the first row of its history. */
export async function insertShipment(tx: Tx, shipment: NewShipment): Promise<void> {
  const { id, orderId, goods, location = null, tracking, actor } = shipment;
  const { type, to } = SHIPMENT_TRANSITIONS.shipped;
  const travel = [tracking?.carrier ?? null, tracking?.number ?? null, tracking?.url ?? null];
  await tx.query(INSERT_SHIPMENT, [id, orderId, location, ...travel, actor, JSON.stringify(goods), to, type]);
}

/** False, and nothing is done, for one that has been delivered. */
export async function deliverShipment(tx: Tx, id: Id<'shp'>, actor: string): Promise<boolean> {
  const { type, from, to } = SHIPMENT_TRANSITIONS.delivered;
  return (await tx.query(DELIVER_SHIPMENT, [id, from, to, actor, type])).rows.length > 0;
}
