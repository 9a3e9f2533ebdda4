import { col, statement, type Tx } from '#database';
import { newId, type Id } from '#kernel';
import type { Consumption } from '../domain/plan-consumption.js';
import { TRANSITIONS } from '../domain/transitions.js';

export const CONSUME_RESERVATIONS = statement(
  `WITH input AS (
     SELECT * FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::text[])
       AS input (sku, location, held_sequence, units, source)
   ), taken AS (
     SELECT sku, location, held_sequence, sum(units)::integer AS units FROM input GROUP BY sku, location, held_sequence
   ), updated AS (
     UPDATE inventory.reservations AS reservation
     SET consumed = reservation.consumed + taken.units, last_sequence = $7,
       status = CASE WHEN reservation.consumed + taken.units = reservation.quantity THEN $8 ELSE reservation.status END,
       ended_at = CASE WHEN reservation.consumed + taken.units = reservation.quantity THEN now() END
     FROM taken
     WHERE reservation.order_id = $1 AND reservation.sku = taken.sku AND reservation.location = taken.location
       AND reservation.held_sequence = taken.held_sequence AND reservation.status = ANY($9)
     RETURNING reservation.sku
   ), change AS (
     SELECT sku, location, sum(gone)::integer AS gone, sum(freed)::integer AS freed FROM (
       SELECT sku, source AS location, units AS gone, 0 AS freed FROM input
       UNION ALL SELECT sku, location, 0, units FROM input
     ) AS moved GROUP BY sku, location
   ), level_rows AS (
     UPDATE inventory.levels AS level
     SET on_hand = level.on_hand - change.gone, reserved = level.reserved - change.freed, version = level.version + 1
     FROM change WHERE level.sku = change.sku AND level.location = change.location
     RETURNING level.sku, level.location, level.on_hand, change.gone
   ), inserted AS (
     INSERT INTO inventory.movements (id, sku, location, kind, delta, on_hand, reason, actor, reference)
     SELECT movement.id, sku, location, 'shipment', -level_rows.gone, level_rows.on_hand, 'shipped', 'fulfilment', $10
     FROM unnest($11::text[], $12::text[], $13::text[]) AS movement (id, sku, location) JOIN level_rows USING (sku, location)
     RETURNING id
   )
   SELECT (SELECT count(*) FROM updated)::integer AS reservations, (SELECT count(*) FROM taken)::integer AS wanted,
     (SELECT count(*) FROM inserted)::integer AS movements`,
  { reservations: col.integer(), wanted: col.integer(), movements: col.integer() },
);

interface ShippedGoods {
  readonly orderId: Id<'order'>;
  readonly shipmentId: Id<'shp'>;
  /** Of the event that tells it. */
  readonly sequence: number;
}

/** Takes shipped units out of reservations and levels, with their movements. The reservations and the levels are locked. */
export async function consumeReservations(
  tx: Tx,
  { orderId, shipmentId, sequence }: ShippedGoods,
  consumptions: readonly Consumption[],
): Promise<void> {
  const sources = new Map(consumptions.map(({ sku, source }) => [JSON.stringify([sku, source]), { sku, source }]));
  const { from, to } = TRANSITIONS.consumed;
  const { rows } = await tx.query(CONSUME_RESERVATIONS, [
    orderId,
    consumptions.map(({ sku }) => sku),
    consumptions.map(({ location }) => location),
    consumptions.map(({ heldSequence }) => heldSequence),
    consumptions.map(({ units }) => units),
    consumptions.map(({ source }) => source),
    sequence,
    to,
    from,
    shipmentId,
    [...sources.values()].map(() => newId('mov')),
    [...sources.values()].map(({ sku }) => sku),
    [...sources.values()].map(({ source }) => source),
  ]);
  const [row] = rows;
  if (row?.reservations !== row?.wanted || row?.movements !== sources.size) {
    throw new Error('Locked reservations changed under their lock.');
  }
}
