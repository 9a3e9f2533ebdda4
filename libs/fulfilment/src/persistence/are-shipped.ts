import { col, statement } from '#database';

/** For shipments as JSON, in their order: whether exactly these lines have left for that order from that place. */
export const ARE_SHIPPED = statement(
  `SELECT shipment.id IS NOT NULL AND input.lines = (
       SELECT jsonb_agg(jsonb_build_array(line.sku, line.quantity) ORDER BY line.sku)
       FROM fulfilment.shipment_lines AS line WHERE line.shipment_id = shipment.id) AS shipped
   FROM (
     SELECT place, "shipmentId", "orderId", location, (
       SELECT jsonb_agg(jsonb_build_array(line.sku, line.quantity) ORDER BY line.sku COLLATE "C")
       FROM jsonb_to_recordset(lines) AS line (sku text, quantity integer)) AS lines
     FROM jsonb_to_recordset($1::jsonb) AS claim (place integer, "shipmentId" text, "orderId" text, location text, lines jsonb)
   ) AS input
   LEFT JOIN fulfilment.shipments AS shipment ON shipment.id = input."shipmentId" AND shipment.order_id = input."orderId"
     AND shipment.location IS NOT DISTINCT FROM input.location
   ORDER BY input.place`,
  { shipped: col.boolean() },
);
