import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * What became of the goods of orders. The units of each line are counted in `order_lines`, whose checks are the last guard against shipping
 * more than was ordered or taking back more than has left. History has no update and no delete in the program.
 */
export class Fulfilment1764000350001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA fulfilment');
    await runner.query(ORDER_LINES);
    await runner.query(SHIPMENTS);
    await runner.query(SHIPMENT_LINES);
    await runner.query(RETURNS);
    await runner.query(RETURN_LINES);
    await runner.query(HISTORY);
    // What the lists of staff and of buyers look for.
    for (const table of ['shipments', 'returns']) {
      await runner.query(`CREATE INDEX ${table}_of_order ON fulfilment.${table} (order_id, id)`);
      await runner.query(`CREATE INDEX ${table}_by_status ON fulfilment.${table} (status, id)`);
    }
  }
}

const ORDER_LINES = `
  CREATE TABLE fulfilment.order_lines (
    order_id     text COLLATE "C" NOT NULL,
    sku          text COLLATE "C" NOT NULL,
    ordered      integer NOT NULL CHECK (ordered > 0),
    shipped      integer NOT NULL DEFAULT 0,
    return_asked integer NOT NULL DEFAULT 0 CHECK (return_asked >= 0),
    returned     integer NOT NULL DEFAULT 0 CHECK (returned >= 0),
    PRIMARY KEY (order_id, sku),
    CONSTRAINT order_lines_shipped_within_ordered CHECK (shipped BETWEEN 0 AND ordered),
    CONSTRAINT order_lines_returned_within_shipped CHECK (returned + return_asked <= shipped)
  )`;

const SHIPMENTS = `
  CREATE TABLE fulfilment.shipments (
    id              text COLLATE "C" PRIMARY KEY,
    order_id        text COLLATE "C" NOT NULL,
    status          text NOT NULL CHECK (status IN ('shipped', 'delivered')),
    location        text,
    carrier         text,
    tracking_number text,
    tracking_url    text,
    shipped_by      text NOT NULL,
    shipped_at      timestamptz NOT NULL DEFAULT now(),
    delivered_by    text,
    delivered_at    timestamptz,
    last_sequence   integer NOT NULL DEFAULT 1,
    UNIQUE (id, order_id),
    CONSTRAINT shipments_tracking_is_whole CHECK (
      (carrier IS NULL) = (tracking_number IS NULL) AND (tracking_url IS NULL OR carrier IS NOT NULL)),
    CONSTRAINT shipments_delivered_has_time CHECK (
      (status = 'delivered') = (delivered_at IS NOT NULL) AND (delivered_by IS NULL) = (delivered_at IS NULL))
  )`;

const SHIPMENT_LINES = `
  CREATE TABLE fulfilment.shipment_lines (
    shipment_id text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, sku),
    FOREIGN KEY (shipment_id, order_id) REFERENCES fulfilment.shipments (id, order_id),
    FOREIGN KEY (order_id, sku) REFERENCES fulfilment.order_lines
  )`;

const RETURNS = `
  CREATE TABLE fulfilment.returns (
    id              text COLLATE "C" PRIMARY KEY,
    order_id        text COLLATE "C" NOT NULL,
    status          text NOT NULL CHECK (status IN ('requested', 'received', 'cancelled')),
    reason          text NOT NULL,
    requested_by    text NOT NULL,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    closed_by       text,
    closed_at       timestamptz,
    cancel_reason   text,
    location        text,
    refund_amount   bigint CHECK (refund_amount > 0),
    refund_currency char(3),
    last_sequence   integer NOT NULL DEFAULT 1,
    UNIQUE (id, order_id),
    CONSTRAINT returns_closed_has_time CHECK (
      (status = 'requested') = (closed_at IS NULL) AND (closed_by IS NULL) = (closed_at IS NULL)),
    CONSTRAINT returns_cancelled_has_reason CHECK ((status = 'cancelled') = (cancel_reason IS NOT NULL)),
    CONSTRAINT returns_refund_when_received CHECK (
      (refund_amount IS NULL) = (refund_currency IS NULL) AND (refund_amount IS NULL OR status = 'received'))
  )`;

const RETURN_LINES = `
  CREATE TABLE fulfilment.return_lines (
    return_id   text COLLATE "C" NOT NULL,
    order_id    text COLLATE "C" NOT NULL,
    sku         text COLLATE "C" NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    restocked   integer CHECK (restocked >= 0),
    written_off integer CHECK (written_off >= 0),
    PRIMARY KEY (return_id, sku),
    FOREIGN KEY (return_id, order_id) REFERENCES fulfilment.returns (id, order_id),
    FOREIGN KEY (order_id, sku) REFERENCES fulfilment.order_lines,
    CONSTRAINT return_lines_received_within_asked CHECK (restocked + written_off <= quantity),
    CONSTRAINT return_lines_received_whole CHECK ((restocked IS NULL) = (written_off IS NULL))
  )`;

const HISTORY = `
  CREATE TABLE fulfilment.history (
    subject     text COLLATE "C" NOT NULL,
    sequence    integer NOT NULL CHECK (sequence > 0),
    type        text NOT NULL,
    from_status text,
    to_status   text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL,
    PRIMARY KEY (subject, sequence)
  )`;
