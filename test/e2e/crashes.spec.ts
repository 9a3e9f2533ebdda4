import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct, stockOf } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

let shop: Shop;

beforeAll(async () => {
  // The api waits for a silent provider for longer than a test takes to kill it.
  shop = await Shop.start({ env: { PAYMENT_TIMEOUT_MS: '20000' } });
});

afterAll(() => shop?.stop());

async function aBuyerWithOrder(): Promise<{ buyer: Buyer; order: any; sku: string }> {
  const sku = await aProduct(shop, { onHand: 3 });
  const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
  return { buyer, order: await buyer.order(), sku };
}

const becomes = (buyer: Buyer, orderId: string, status: string) =>
  eventually(async () => expect((await buyer.read(orderId)).body.status).toBe(status), { withinMs: 45_000 });

const attemptsOf = async (orderId: string) => {
  const { rows } = await shop.db.query('SELECT id, status FROM payment.attempts WHERE order_id = $1 ORDER BY id', [
    orderId,
  ]);
  return rows as { id: string; status: string }[];
};

const charged = (orderId: string) =>
  eventually(async () => {
    const { rows } = await shop.db.query(
      `SELECT idempotency_key FROM payment.sandbox_charges WHERE merchant_reference = $1 AND status = 'captured'`,
      [orderId],
    );
    expect(rows).toHaveLength(1);
  });

/** As if the time had come at which the provider is asked. */
const askNow = (orderId: string) =>
  shop.db.query(
    `UPDATE messaging.scheduled SET due_at = now() WHERE type = 'payment.query_due.v1' AND subject IN (
       SELECT id FROM payment.attempts WHERE order_id = $1)`,
    [orderId],
  );

const [api, worker] = [() => shop.apis[0]!, () => shop.workers[0]!];

describe('killed in the middle of its work', () => {
  it('the worker, when it starts again, confirms what was paid without it', async () => {
    await worker().kill('SIGKILL');
    const { buyer, order, sku } = await aBuyerWithOrder();
    expect(await buyer.pay(order.id)).toMatchObject({ status: 201, body: { status: 'captured' } });
    expect((await buyer.read(order.id)).body.status).toBe('pending_payment');
    await worker().start();
    await becomes(buyer, order.id, 'confirmed');
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 3, reserved: 1, available: 2 });
    expect(await violations(shop)).toEqual([]);
  });

  it('the worker, again and again while buyers pay, loses and repeats nothing', async () => {
    const orders = await Promise.all(Array.from({ length: 12 }, aBuyerWithOrder));
    const paying = Promise.all(orders.map(({ buyer, order }) => buyer.pay(order.id)));
    for (let time = 1; time <= 2; time += 1) {
      await worker().kill('SIGKILL');
      await worker().start();
    }
    expect((await paying).map((reply) => reply.status)).toEqual(orders.map(() => 201));
    for (const { buyer, order } of orders) await becomes(buyer, order.id, 'confirmed');
    expect(await violations(shop)).toEqual([]);
  });

  it('the api, right after the payment was answered, has nothing left to do for it', async () => {
    const { buyer, order, sku } = await aBuyerWithOrder();
    expect(await buyer.pay(order.id)).toMatchObject({ status: 201 });
    await api().kill('SIGKILL');
    await api().start();
    await becomes(buyer, order.id, 'confirmed');
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 1 });
    expect(await violations(shop)).toEqual([]);
  });

  it('the api, between the charge and its record, leaves a payment that is found out and not repeated', async () => {
    const { buyer, order, sku } = await aBuyerWithOrder();
    const key = { 'idempotency-key': randomUUID() };
    const lost = buyer.pay(order.id, 'tok_timeout', key).catch((error: unknown) => error);
    await charged(order.id);
    await api().kill('SIGKILL');
    expect(String(await lost)).toContain('fetch failed');
    await api().start();
    expect(await attemptsOf(order.id)).toMatchObject([{ status: 'created' }]);
    expect(await buyer.pay(order.id)).toMatchObject({ status: 409, body: { code: 'payment_in_progress' } });
    expect(await buyer.pay(order.id, 'tok_timeout', key)).toMatchObject({
      status: 409,
      body: { code: 'request_in_flight' },
    });
    await askNow(order.id);
    await becomes(buyer, order.id, 'confirmed');
    expect(await attemptsOf(order.id)).toMatchObject([{ status: 'captured' }]);
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 1 });
    expect(await violations(shop)).toEqual([]);
  });

  it('the api, before the provider heard of the payment, leaves one that is sent again and taken once', async () => {
    const { buyer, order } = await aBuyerWithOrder();
    const lost = buyer.pay(order.id, 'tok_timeout').catch((error: unknown) => error);
    await charged(order.id);
    await api().kill('SIGKILL');
    await lost;
    // As if the call had never left: only the provider's ledger can tell the two apart. The worker's own call must be answered.
    await shop.db.query('DELETE FROM payment.sandbox_charges WHERE merchant_reference = $1', [order.id]);
    await shop.db.query(`UPDATE payment.attempts SET token = 'tok_success' WHERE order_id = $1`, [order.id]);
    await api().start();
    await askNow(order.id);
    await becomes(buyer, order.id, 'confirmed');
    await charged(order.id);
    expect(await attemptsOf(order.id)).toMatchObject([{ status: 'captured' }]);
    expect(await violations(shop)).toEqual([]);
  });
});

describe('the worker, killed between the answer of the provider and its record', () => {
  it('asks again when it is back, and the order is confirmed once', async () => {
    const { buyer, order, sku } = await aBuyerWithOrder();
    const lost = buyer.pay(order.id, 'tok_timeout').catch((error: unknown) => error);
    await charged(order.id);
    await api().kill('SIGKILL');
    await lost;
    await api().start();
    const recording = await shop.db.connect();
    try {
      // The provider is asked without this row; the record of its answer waits for it.
      await recording.query('BEGIN');
      await recording.query('SELECT FROM payment.attempts WHERE order_id = $1 FOR UPDATE', [order.id]);
      await askNow(order.id);
      await eventually(async () => {
        const { rows } = await shop.db.query(
          `SELECT pid FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%payment.attempts%'`,
        );
        expect(rows).toHaveLength(1);
      });
      await worker().kill('SIGKILL');
    } finally {
      await recording.query('ROLLBACK');
      recording.release();
    }
    expect(await attemptsOf(order.id)).toMatchObject([{ status: 'created' }]);
    await worker().start();
    await becomes(buyer, order.id, 'confirmed');
    expect(await attemptsOf(order.id)).toMatchObject([{ status: 'captured' }]);
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 1 });
    expect(await violations(shop)).toEqual([]);
  });
});

describe('when the provider takes the money and its answer is lost', () => {
  const IMPATIENT = { PAYMENT_TIMEOUT_MS: '300' };

  it('the buyer learns that nobody knows yet, and the order is confirmed once it is known', async () => {
    await api().kill('SIGTERM');
    await api().start(IMPATIENT);
    const { buyer, order } = await aBuyerWithOrder();
    const key = { 'idempotency-key': randomUUID() };
    const unknown = await buyer.pay(order.id, 'tok_timeout', key);
    expect(unknown).toMatchObject({ status: 201, body: { status: 'unknown' } });
    expect(await buyer.pay(order.id)).toMatchObject({ status: 409, body: { code: 'payment_in_progress' } });
    const replay = await buyer.pay(order.id, 'tok_timeout', key);
    expect([replay.status, replay.body]).toEqual([201, unknown.body]);
    const location = unknown.headers.get('location')!;
    await eventually(async () => expect((await buyer.api.get(location)).body.status).toBe('captured'));
    await becomes(buyer, order.id, 'confirmed');
    expect(await buyer.pay(order.id)).toMatchObject({ status: 409, body: { code: 'already_paid' } });
    expect(await violations(shop)).toEqual([]);
  });

  it('the same request, sent again after its process died, goes on with its own charge', async () => {
    await Promise.all([api().kill('SIGTERM'), worker().kill('SIGTERM')]);
    await api().start();
    const { buyer, order } = await aBuyerWithOrder();
    const key = { 'idempotency-key': randomUUID() };
    const lost = buyer.pay(order.id, 'tok_timeout', key).catch((error: unknown) => error);
    await charged(order.id);
    await api().kill('SIGKILL');
    await lost;
    // As if half a minute had passed, after which a request counts as stuck.
    await shop.db.query(
      `UPDATE commands.idempotency_keys SET claimed_at = now() - interval '1 minute' WHERE answer IS NULL`,
    );
    await api().start(IMPATIENT);
    const [attempt] = await attemptsOf(order.id);
    const resumed = await buyer.pay(order.id, 'tok_timeout', key);
    expect(resumed).toMatchObject({ status: 201, body: { id: attempt!.id, status: 'unknown' } });
    await worker().start();
    await becomes(buyer, order.id, 'confirmed');
    expect(await attemptsOf(order.id)).toEqual([{ id: attempt!.id, status: 'captured' }]);
    expect(await violations(shop)).toEqual([]);
  });
});
