-- Three durable steps of an order, each one statement and one transaction. pgbench runs it; :skus is how many it chooses from.
\set sku random(1, :skus)
WITH held AS (
  UPDATE least.levels SET reserved = reserved + 1 WHERE sku = :sku AND on_hand - reserved >= 1 RETURNING sku
), placed AS (
  INSERT INTO least.orders (status, total, email) SELECT 'pending_payment', 1999, 'ada@example.com' FROM held RETURNING id
), line AS (
  INSERT INTO least.lines SELECT id, 1, :sku, 1 FROM placed
), reservation AS (
  INSERT INTO least.reservations SELECT id, :sku, 1, 'held' FROM placed
), history AS (
  INSERT INTO least.history (order_id, sequence, type) SELECT id, 1, 'order.placed' FROM placed
), event AS (
  INSERT INTO least.outbox (type, subject, data) SELECT 'order.placed', id, '{"lines":[{"sku":"SKU","quantity":1}]}' FROM placed
) SELECT id FROM placed \gset
WITH captured AS (
  INSERT INTO least.attempts SELECT id, 'captured', total FROM least.orders WHERE id = :id RETURNING order_id, amount
) INSERT INTO least.outbox (type, subject, data) SELECT 'payment.captured', order_id, '{"amount":1999}' FROM captured;
WITH confirmed AS (
  UPDATE least.orders SET status = 'confirmed', confirmed_at = now() WHERE id = :id AND status = 'pending_payment' RETURNING id
), committed AS (
  UPDATE least.reservations SET status = 'committed' WHERE order_id = :id AND status = 'held'
), history AS (
  INSERT INTO least.history (order_id, sequence, type) SELECT id, 2, 'order.confirmed' FROM confirmed
) INSERT INTO least.outbox (type, subject, data) SELECT 'order.confirmed', id, '{}' FROM confirmed;
