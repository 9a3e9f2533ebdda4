import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Orders, the lines they were placed with, and everything that happened to them.
 *
 * The unique cart is the last guard against ordering a cart twice, and the sum is checked where it stands. `last_seq` numbers the facts
 * of the order without gaps: the row is locked whenever one is added. Lines and history have no update and no delete in the program.
 */
export class Orders1764000040001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA orders');
    await runner.query('CREATE SEQUENCE orders.numbers START 100001');
    await runner.query(ORDERS);
    // What the sweeper looks for: small, since an order leaves it as soon as it is paid, given up or expired.
    await runner.query(`
      CREATE INDEX orders_unpaid ON orders.orders (reservation_expires_at)
      WHERE status = 'pending_payment' AND payment_status = 'none'`);
    await runner.query(`
      CREATE INDEX orders_of_customer ON orders.orders (customer_id, id) WHERE customer_id IS NOT NULL`);
    await runner.query(LINES);
    await runner.query(HISTORY);
  }
}

const ORDERS = `
  CREATE TABLE orders.orders (
    id                     text COLLATE "C" PRIMARY KEY,
    number                 text COLLATE "C" NOT NULL UNIQUE DEFAULT nextval('orders.numbers')::text,
    cart_id                text COLLATE "C" NOT NULL CONSTRAINT orders_one_a_cart UNIQUE,
    status                 text NOT NULL CHECK (status IN ('pending_payment', 'confirmed', 'on_hold', 'cancelling',
                             'cancelled', 'expired', 'shipped', 'delivered')),
    payment_status         text NOT NULL DEFAULT 'none' CHECK (payment_status IN ('none', 'pending', 'authorized',
                             'partially_paid', 'paid', 'partially_refunded', 'refunded', 'disputed')),
    fulfilment_status      text NOT NULL DEFAULT 'unfulfilled' CHECK (fulfilment_status IN ('unfulfilled',
                             'partially_fulfilled', 'fulfilled', 'returned')),
    currency               char(3) NOT NULL,
    subtotal               bigint NOT NULL CHECK (subtotal >= 0),
    discount               bigint NOT NULL CHECK (discount >= 0),
    delivery               bigint NOT NULL CHECK (delivery >= 0),
    tax                    bigint NOT NULL CHECK (tax >= 0),
    total                  bigint NOT NULL CHECK (total >= 0),
    email                  text NOT NULL,
    shipping_address       jsonb NOT NULL,
    billing_address        jsonb,
    delivery_method        text,
    token_hash             text,
    customer_id            text,
    payment_id             text COLLATE "C",
    reservation_expires_at timestamptz NOT NULL,
    placed_at              timestamptz NOT NULL DEFAULT now(),
    confirmed_at           timestamptz,
    last_seq               integer NOT NULL DEFAULT 1,
    version                integer NOT NULL DEFAULT 1,
    CONSTRAINT orders_total_is_its_parts CHECK (total = subtotal - discount + delivery + tax),
    CONSTRAINT orders_confirmed_is_paid CHECK (confirmed_at IS NULL OR payment_id IS NOT NULL)
  )`;

const LINES = `
  CREATE TABLE orders.lines (
    order_id   text COLLATE "C" NOT NULL REFERENCES orders.orders,
    position   integer NOT NULL,
    sku        text COLLATE "C" NOT NULL,
    name       text NOT NULL,
    unit_price bigint NOT NULL CHECK (unit_price >= 0),
    quantity   integer NOT NULL CHECK (quantity > 0),
    line_total bigint NOT NULL,
    PRIMARY KEY (order_id, position),
    CONSTRAINT lines_total_is_price_times_quantity CHECK (line_total = unit_price * quantity)
  )`;

const HISTORY = `
  CREATE TABLE orders.history (
    order_id     text COLLATE "C" NOT NULL REFERENCES orders.orders,
    seq          integer NOT NULL CHECK (seq > 0),
    type         text NOT NULL,
    from_status  text,
    to_status    text NOT NULL,
    from_payment text,
    to_payment   text NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor        text NOT NULL,
    data         jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (order_id, seq)
  )`;
