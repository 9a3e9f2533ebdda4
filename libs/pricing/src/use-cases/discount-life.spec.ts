import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { OrderExpired } from '#contracts';
import type { Id } from '#kernel';
import { message, Outbox } from '#messaging';
import { Buyer } from '../../../../test/support/buyer.js';
import { newSku } from '../../../../test/support/products.js';
import { WholeShop } from '../../../../test/support/whole-shop.js';
import { shopInvariants } from '../../../../apps/shop-invariants.js';
import { pricingInvariants } from '../persistence/invariants.js';

let shop: WholeShop;
const sku = newSku();

beforeAll(async () => {
  shop = await WholeShop.open();
  const product = { sku, name: 'Mug', price: { amount: 1_000, currency: 'EUR' }, onHand: 10_000 };
  await shop.staff.post('/v1/admin/products/import', { products: [product] });
});

afterAll(() => shop.close());

async function aDiscount(more: object): Promise<string> {
  const code = `CODE-${newSku()}`;
  const { status } = await shop.staff.put(`/v1/admin/discounts/${code}`, { basisPoints: 1_000, ...more });
  expect(status).toBe(201);
  return code;
}

const usedOf = async (code: string): Promise<number> => (await shop.staff.get(`/v1/admin/discounts/${code}`)).body.used;

async function checkout(discountCode: string, email = `${newSku()}@example.com`) {
  const buyer = await Buyer.withCart(shop.api, [{ sku, quantity: 1 }]);
  return { buyer, reply: await buyer.checkout({}, { discountCode, email }) };
}

async function anOrder(discountCode: string, email?: string) {
  const { buyer, reply } = await checkout(discountCode, email);
  expect(reply).toMatchObject({ status: 201, body: { totals: { total: { amount: 900 } }, discountCode } });
  return { buyer, orderId: reply.body.id as string };
}

async function runOut(orderId: string): Promise<void> {
  await shop.transactions.run(async (tx) => {
    await tx.query(`UPDATE orders.orders SET reservation_expires_at = now() - interval '1 s' WHERE id = $1`, [orderId]);
    await tx.query(
      `UPDATE inventory.reservations SET expires_at = now() - interval '1 s', first_expires_at = now() - interval '1 s'
       WHERE order_id = $1`,
      [orderId],
    );
    await tx.query(`UPDATE messaging.scheduled SET due_at = now() WHERE subject = $1`, [orderId]);
  });
}

describe('a discount with a limit', () => {
  it('is had by exactly one of a hundred buyers who want the last use', async () => {
    const code = await aDiscount({ usesMax: 1 });
    const replies = (await Promise.all(Array.from({ length: 100 }, () => checkout(code)))).map(({ reply }) => reply);
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    const others = replies.filter(({ status }) => status !== 201);
    expect(new Set(others.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(['409 discount_exhausted']),
    );
    expect(await usedOf(code)).toBe(1);
  });

  it('is had once by a buyer, whatever they write large in their address', async () => {
    const code = await aDiscount({ usesMaxPerBuyer: 1 });
    await anOrder(code, 'ada@example.com');
    expect((await checkout(code, 'ADA@example.com')).reply).toMatchObject({
      status: 409,
      body: { code: 'discount_exhausted' },
    });
    await anOrder(code, 'bea@example.com');
    expect(await usedOf(code)).toBe(2);
  });

  it('cannot be limited to less than its uses', async () => {
    const code = await aDiscount({});
    await anOrder(code);
    await anOrder(code);
    expect(await shop.staff.put(`/v1/admin/discounts/${code}`, { basisPoints: 1_000, usesMax: 1 })).toMatchObject({
      status: 409,
      body: { code: 'discount_limit_below_uses', used: 2 },
    });
  });
});

describe('the use of an order', () => {
  it('is given back when it expires, and when its buyer cancels it unpaid', async () => {
    const code = await aDiscount({ usesMax: 1 });
    const expiring = await anOrder(code);
    await runOut(expiring.orderId);
    await shop.dispatch();
    expect((await expiring.buyer.read(expiring.orderId)).body.status).toBe('expired');
    expect(await usedOf(code)).toBe(0);
    const cancelled = await anOrder(code);
    await cancelled.buyer.api.post(`/v1/orders/${cancelled.orderId}/cancel`, undefined);
    await shop.dispatch();
    expect(await usedOf(code)).toBe(0);
    await anOrder(code);
    expect(await usedOf(code)).toBe(1);
  });

  it('stays with an order that is paid', async () => {
    const code = await aDiscount({ usesMax: 1 });
    const { buyer, orderId } = await anOrder(code);
    await buyer.pay(orderId);
    await shop.dispatch();
    expect((await buyer.read(orderId)).body.status).toBe('confirmed');
    expect(await usedOf(code)).toBe(1);
  });

  it('is not given back for an order that has not ended, whoever says so', async () => {
    const code = await aDiscount({ usesMax: 1 });
    const { orderId } = await anOrder(code);
    await shop.dispatch();
    const said = { subject: orderId, sequence: 99, data: { orderId: orderId as Id<'order'> } };
    await shop.transactions.run((tx) => shop.get(Outbox).add(tx, [message(OrderExpired, said)]));
    await shop.dispatch();
    expect(await usedOf(code)).toBe(1);
    expect(shop.deadLetters.splice(0)).toMatchObject([{ error: [{ name: 'UnfoundedEvent' }] }]);
    await shop.transactions.run((tx) => tx.query('DELETE FROM messaging.outbox WHERE sequence = 99'));
  });
});

it('leaves as many uses as there are orders that hold one', async () => {
  expect(shop.deadLetters).toEqual([]);
  for (const { name, sql } of [...pricingInvariants, ...shopInvariants]) {
    expect([name, await shop.rows(sql)]).toEqual([name, []]);
  }
});
