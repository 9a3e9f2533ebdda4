import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { stockOf } from '../support/products.js';
import { ledgerDifferences } from '../support/stripe/ledger-differences.js';
import type { Fault } from '../support/stripe/stripe-server.js';
import { StripeShop } from '../support/stripe/stripe-shop.js';

const INTENTS = /payment_intents$/;
const REFUNDS = /refunds$/;

let standIn: StripeShop;

beforeAll(async () => {
  // A process waits for a silent Stripe for longer than a test takes to kill it.
  standIn = await StripeShop.start({ env: { PAYMENT_TIMEOUT_MS: '20000' } });
});

beforeEach(() => standIn.openEndpoint());

afterAll(() => standIn?.stop());

const [api, worker] = [() => standIn.shop.apis[0]!, () => standIn.shop.workers[0]!];

const becomes = (buyer: Buyer, orderId: string, state: Record<string, string>) =>
  eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject(state), { withinMs: 45_000 });

const attemptsOf = async (orderId: string) => {
  const sql = 'SELECT status FROM payment.attempts WHERE order_id = $1 ORDER BY id';
  return (await standIn.shop.db.query<{ status: string }>(sql, [orderId])).rows.map(({ status }) => status);
};

/** As if the time had come at which Stripe is asked. */
const askNow = (orderId: string) =>
  standIn.shop.db.query(
    `UPDATE messaging.scheduled SET due_at = now() WHERE type = 'payment.query_due.v1' AND subject IN (
       SELECT id FROM payment.attempts WHERE order_id = $1)`,
    [orderId],
  );

/** Numbers of the questions about its payment that were sent. */
const askedAbout = async (orderId: string) => {
  const sql = `SELECT data FROM messaging.outbox WHERE type = 'payment.query_due.v1' AND subject IN (
    SELECT id FROM payment.attempts WHERE order_id = $1)`;
  return (await standIn.shop.db.query<{ data: { question: number } }>(sql, [orderId])).rows.map(
    ({ data }) => data.question,
  );
};

/** The next request to such a path, as soon as it has come to Stripe, which then does this to it. */
function nextRequest(path: RegExp, fault: Fault): Promise<void> {
  return new Promise((resolve) => {
    standIn.stripe.faultOf = (method, actual) => {
      if (method !== 'POST' || !path.test(actual)) return undefined;
      standIn.stripe.faultOf = () => undefined;
      // Whatever is done to it has been done when this is resolved.
      setImmediate(resolve);
      return fault;
    };
  });
}

/** The api is killed when its request has come to Stripe, whose answer it never gets. */
async function killedInPayment(fault: Fault) {
  const order = await standIn.aBuyerWithOrder();
  const called = nextRequest(INTENTS, fault);
  const lost = order.buyer.pay(order.orderId, 'pm_card_visa').catch((error: unknown) => error);
  await called;
  await api().kill('SIGKILL');
  expect(String(await lost)).toContain('fetch failed');
  await api().start();
  expect(await attemptsOf(order.orderId)).toEqual(['created']);
  expect(await order.buyer.pay(order.orderId)).toMatchObject({ status: 409, body: { code: 'payment_in_progress' } });
  return order;
}

async function expectPaidOnce({ buyer, orderId, sku }: Awaited<ReturnType<typeof killedInPayment>>): Promise<void> {
  await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'paid' });
  expect(await attemptsOf(orderId)).toEqual(['captured']);
  expect(standIn.intentsOf(orderId)).toMatchObject([{ status: 'succeeded', amount_received: 1_999 }]);
  expect(await stockOf(standIn.shop, sku)).toMatchObject({ reserved: 1 });
}

describe('the api, killed between its call to Stripe and the record of the answer', () => {
  it('after Stripe has taken the money: the worker asks, and the order is confirmed', async () => {
    standIn.closeEndpoint();
    const order = await killedInPayment('timeout_after');
    expect(standIn.intentsOf(order.orderId)).toMatchObject([{ status: 'succeeded' }]);
    await askNow(order.orderId);
    await expectPaidOnce(order);
  });

  it('after Stripe has taken the money: the webhook confirms the order before anybody asks', async () => {
    standIn.closeEndpoint();
    const order = await killedInPayment('timeout_after');
    standIn.openEndpoint();
    await expectPaidOnce(order);
    expect(await askedAbout(order.orderId)).toEqual([]);
  });

  it('before Stripe heard of the payment: the worker sends it with the same key', async () => {
    const order = await killedInPayment('timeout_before');
    expect(standIn.intentsOf(order.orderId)).toEqual([]);
    await askNow(order.orderId);
    await expectPaidOnce(order);
  });
});

describe('the worker, killed', () => {
  it('while it sends a payment again: it sends it once more, and it is taken once', async () => {
    standIn.closeEndpoint();
    const order = await killedInPayment('timeout_before');
    const called = nextRequest(INTENTS, 'timeout_after');
    await askNow(order.orderId);
    await called;
    await worker().kill('SIGKILL');
    expect(standIn.intentsOf(order.orderId)).toHaveLength(1);
    await worker().start();
    await expectPaidOnce(order);
  });

  it('between the answer of Stripe and its record: it asks again when it is back', async () => {
    standIn.closeEndpoint();
    const order = await killedInPayment('timeout_after');
    const recording = await standIn.shop.db.connect();
    try {
      // Stripe is asked without this row; the record of its answer waits for it.
      await recording.query('BEGIN');
      await recording.query('SELECT FROM payment.attempts WHERE order_id = $1 FOR UPDATE', [order.orderId]);
      await askNow(order.orderId);
      await eventually(async () => {
        const { rows } = await standIn.shop.db.query(
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
    expect(await attemptsOf(order.orderId)).toEqual(['created']);
    await worker().start();
    await expectPaidOnce(order);
  });

  it.each(['timeout_before', 'timeout_after'] as const)(
    'in a refund, of which Stripe has heard (%s): it is given back once',
    async (fault) => {
      const { buyer, orderId } = await standIn.aBuyerWithOrder();
      await buyer.pay(orderId, 'pm_card_visa');
      await becomes(buyer, orderId, { status: 'confirmed' });
      standIn.closeEndpoint();
      const called = nextRequest(REFUNDS, fault);
      const refund = { amount: { amount: 500, currency: 'EUR' }, reason: 'a scratch' };
      expect(await standIn.shop.staff.post(`/v1/admin/orders/${orderId}/refunds`, refund)).toMatchObject({
        status: 202,
      });
      await called;
      await worker().kill('SIGKILL');
      await worker().start();
      await becomes(buyer, orderId, { status: 'confirmed', paymentStatus: 'partially_refunded' });
      expect(standIn.stripe.ledger.refundedOf(standIn.intentsOf(orderId)[0]!.id)).toBe(500);
    },
  );
});

it('leaves two ledgers that are equal, and every invariant as it was', async () => {
  await eventually(async () => expect(await ledgerDifferences(standIn.shop.db, standIn.stripe.ledger)).toEqual([]));
  expect(await violations(standIn.shop)).toEqual([]);
});
