-- The least that an order needs: stock, the order with its line, its hold, its history, its payment, and the events of it.
DROP SCHEMA IF EXISTS least CASCADE;
CREATE SCHEMA least;
CREATE TABLE least.levels (
  sku int PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL DEFAULT 0,
  CHECK (0 <= reserved AND reserved <= on_hand)
) WITH (fillfactor = 50);
CREATE TABLE least.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status text NOT NULL, total bigint NOT NULL, email text NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now(), confirmed_at timestamptz
) WITH (fillfactor = 80);
CREATE TABLE least.lines (
  order_id bigint NOT NULL, position int NOT NULL, sku int NOT NULL, quantity int NOT NULL, PRIMARY KEY (order_id, position)
);
CREATE TABLE least.reservations (
  order_id bigint NOT NULL, sku int NOT NULL, quantity int NOT NULL, status text NOT NULL, PRIMARY KEY (order_id, sku)
) WITH (fillfactor = 80);
CREATE TABLE least.history (
  order_id bigint NOT NULL, sequence int NOT NULL, type text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, sequence)
);
CREATE TABLE least.attempts (order_id bigint PRIMARY KEY, status text NOT NULL, amount bigint NOT NULL);
CREATE TABLE least.outbox (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, type text NOT NULL, subject bigint NOT NULL, data json NOT NULL
);
INSERT INTO least.levels (sku, on_hand) SELECT sku, 1000000000 FROM generate_series(1, 500) AS sku;
