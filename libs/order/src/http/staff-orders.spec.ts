import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';

let shop: ApiSandbox;
let skus: string[];
let orders: any[];

beforeAll(async () => {
  shop = await ApiSandbox.open();
  skus = [await shop.aProduct(), await shop.aProduct()];
  orders = [];
  for (const number of [0, 1, 2, 3]) {
    const buyer = await Buyer.withCart(shop.api, [{ sku: skus[number % 2]!, quantity: 1 }]);
    const { body } = await buyer.checkout({}, { email: `Buyer${number}@Bücher.example` });
    if (number === 3) await buyer.api.post(`/v1/orders/${body.id}/cancel`, {});
    orders.push(body);
  }
});

afterAll(() => shop.close());

const search = async (query: string) => (await shop.staff.get(`/v1/admin/orders?${query}`)).body;
/** Which of the orders are found, by their place. */
const found = async (query: string): Promise<number[]> =>
  (await search(query)).data.map(({ id }: { id: string }) => orders.findIndex((order) => order.id === id));

describe('staff', () => {
  it('find orders by what they know of them, the newest first', async () => {
    expect(await found('')).toEqual([3, 2, 1, 0]);
    expect(await found(`number=${orders[1].number}`)).toEqual([1]);
    expect(await found(`sku=${skus[0]}`)).toEqual([2, 0]);
    expect(await found('status=cancelled')).toEqual([3]);
    expect(await found('status=cancelled,pending_payment')).toEqual([3, 2, 1, 0]);
    expect(await found('status=cancelled&status=expired')).toEqual([3]);
    expect(await found('paymentStatus=none&fulfilmentStatus=unfulfilled')).toEqual([3, 2, 1, 0]);
    expect(await found(`placedFrom=${orders[1].placedAt}&placedTo=${orders[3].placedAt}`)).toEqual([2, 1]);
    expect(await found(`sku=${skus[1]}&status=cancelled&email=buyer3@xn--bcher-kva.example`)).toEqual([3]);
    expect(await found('status=delivered')).toEqual([]);
  });

  it('find an e-mail address however it is written', async () => {
    for (const email of ['Buyer2@Bücher.example', 'bUYER2@bücher.EXAMPLE', 'buyer2@xn--bcher-kva.example']) {
      expect(await found(`email=${encodeURIComponent(email)}`)).toEqual([2]);
    }
  });

  it('page through what they have found', async () => {
    const first = await search('limit=1&sku=' + skus[0]);
    expect(first.data.map(({ id }: { id: string }) => id)).toEqual([orders[2].id]);
    const second = await search(`limit=1&sku=${skus[0]}&cursor=${first.nextCursor}`);
    expect([second.data[0].id, second.nextCursor]).toEqual([orders[0].id, null]);
  });

  it('see all of an order', async () => {
    const { status, body, headers } = await shop.staff.get(`/v1/admin/orders/${orders[3].id}`);
    expect([status, headers.get('etag')]).toEqual([200, '"2"']);
    expect(body).toMatchObject({
      ...orders[3],
      status: 'cancelled',
      version: 2,
      customerId: null,
      paymentId: null,
      lastSeq: 2,
    });
    expect(await shop.staff.get(`/v1/admin/orders/${newId('order')}`)).toMatchObject({
      status: 404,
      body: { code: 'order_not_found' },
    });
  });

  it.each([
    ['status=open', '/status/0'],
    ['paymentStatus=paid,maybe', '/paymentStatus/1'],
    ['email=nobody', '/email'],
    ['placedFrom=yesterday', '/placedFrom'],
    ['sku=', '/sku'],
  ])('learn what is wrong about %s', async (query, pointer) => {
    expect(await shop.staff.get(`/v1/admin/orders?${query}`)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ pointer, in: 'query' }] },
    });
  });
});
