import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Buyer } from '../../../../test/support/buyer.js';
import { newSku } from '../../../../test/support/products.js';
import { WholeShop } from '../../../../test/support/whole-shop.js';

const BUYERS = 16;

interface Payer {
  readonly buyer: Buyer;
  readonly orderId: string;
}

let shop: WholeShop;
let payers: Payer[];
let answers: { readonly status: number; readonly body: Record<string, any> }[];

beforeAll(async () => {
  shop = await WholeShop.open();
  const sku = newSku();
  const product = { sku, name: 'A mug', price: { amount: 1_250, currency: 'EUR' }, onHand: BUYERS };
  await shop.staff.post('/v1/admin/products/import', { products: [product] });
  payers = [];
  for (let count = 0; count < BUYERS; count += 1) {
    const buyer = await Buyer.withCart(shop.api, [{ sku, quantity: 1 }]);
    payers.push({ buyer, orderId: (await buyer.order()).id });
  }
  const [first, second] = payers;
  await first!.buyer.pay(first!.orderId);
  await second!.buyer.api.post(`/v1/orders/${second!.orderId}/cancel`, undefined);
  answers = await Promise.all(
    payers.map(({ buyer, orderId }, place) => buyer.pay(orderId, place === 2 ? 'tok_declined' : 'tok_success')),
  );
  await shop.dispatch();
});

afterAll(() => shop?.close());

describe('buyers who pay at the same time', () => {
  it('share transactions, and each gets their own answer', async () => {
    const seen = answers.map(({ status, body }) => `${status} ${body['code'] ?? body['status']}`);
    expect(seen).toEqual([
      expect.stringMatching(/^409 (already_paid|payment_in_progress)$/),
      '409 order_not_payable',
      '402 payment_declined',
      ...Array.from({ length: BUYERS - 3 }, () => '201 captured'),
    ]);
    const sql = `SELECT count(*)::int AS attempts, count(DISTINCT xmin::text)::int AS transactions
                 FROM payment.history WHERE to_status = $1`;
    for (const [status, attempts] of [
      ['created', BUYERS - 1],
      ['captured', BUYERS - 2],
    ]) {
      const [row] = await shop.rows(sql, [status]);
      expect(row!['attempts']).toBe(attempts);
      expect(row!['transactions']).toBeLessThan(Number(attempts));
    }
  });

  it('each have a correlation of their own, through which their payment and its consequences are found', async () => {
    const rows = await shop.rows(`
      SELECT captured.correlation_id AS captured, started.correlation_id AS started, confirmed.correlation_id AS confirmed
      FROM messaging.outbox AS captured
      JOIN messaging.outbox AS started ON started.subject = captured.data->>'orderId' AND started.type = 'order.payment_started.v1'
      JOIN messaging.outbox AS confirmed ON confirmed.subject = captured.data->>'orderId' AND confirmed.type = 'order.confirmed.v1'
      WHERE captured.type = 'payment.captured.v1'`);
    expect(rows).toHaveLength(BUYERS - 2);
    for (const { captured, started, confirmed } of rows) expect([started, confirmed]).toEqual([captured, captured]);
    expect(new Set(rows.map(({ captured }) => captured)).size).toBe(BUYERS - 2);
  });

  it('leave orders, stock and money that keep their invariants', async () => {
    const { body } = await shop.staff.get('/v1/admin/invariants');
    expect(body.checks.filter(({ violations }: { violations: number }) => violations > 0)).toEqual([]);
  });
});
