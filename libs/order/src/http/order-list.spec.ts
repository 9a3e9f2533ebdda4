import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient, Reply } from '../../../../test/support/api-client.js';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';
import { asCustomer, customerBearer, CUSTOMER_JWT_SECRET } from '../../../../test/support/customer.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open({ CUSTOMER_JWT_SECRET });
  sku = await shop.aProduct({ amount: 1_999, onHand: 10_000 });
});

afterAll(() => shop.close());

const customer = (id: string) => asCustomer(shop.api, id);
const aBuyer = () => Buyer.withCart(shop.api, [{ sku, quantity: 1 }]);
const orderOf = async (api: ApiClient) => (await Buyer.withCart(api, [{ sku, quantity: 1 }])).order();
const problem = (status: number, code: string, more: object = {}) => ({ status, body: { status, code, ...more } });

describe('GET /v1/orders', () => {
  it('lists a customer’s own orders, the newest first, in pages', async () => {
    const [ada, eve] = [await customer('ada'), await customer('eve')];
    const [first, second, third] = [await orderOf(ada), await orderOf(ada), await orderOf(ada)];
    await orderOf(eve);
    const { body: page } = await ada.get('/v1/orders?limit=2');
    expect(page.data).toEqual([third, second]);
    expect((await ada.get(`/v1/orders?limit=2&cursor=${page.nextCursor}`)).body).toEqual({
      data: [first],
      nextCursor: null,
    });
    expect(await ada.get('/v1/orders?cursor=bm9uZQ')).toMatchObject(problem(422, 'validation_failed'));
    expect(await eve.get(`/v1/orders/${first.id}`)).toMatchObject(problem(404, 'order_not_found'));
  });

  it.each([1, 2, 5, 12, 100])('shows each order once in pages of %i, each with all its lines', async (limit) => {
    const linus = await customer(`linus-${limit}`);
    const items = [
      { sku, quantity: 1 },
      { sku: await shop.aProduct(), quantity: 2 },
      { sku: await shop.aProduct(), quantity: 3 },
    ];
    const place = async (): Promise<string> => (await (await Buyer.withCart(linus, items)).order()).id;
    const placed: string[] = [];
    for (let count = 0; count < 12; count += 1) placed.unshift(await place());
    const seen: { id: string; items: unknown[] }[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Reply = await linus.get(`/v1/orders?limit=${limit}${cursor && `&cursor=${cursor}`}`);
      seen.push(...body.data);
      cursor = body.nextCursor;
      if (seen.length < 12) await place(); // Newer than the first page, so on none of the later ones.
    }
    expect(seen.map(({ id }) => id)).toEqual(placed);
    for (const order of seen) expect(order.items).toMatchObject(items);
  });

  it('includes the guest’s cart that a customer ordered', async () => {
    const grace = await customer('grace');
    const guest = await aBuyer();
    const { body } = await guest.checkout({ ...(await customerBearer('grace')) });
    expect((await grace.get('/v1/orders')).body.data).toMatchObject([{ id: body.id }]);
  });

  it('is for customers', async () => {
    expect(await shop.api.get('/v1/orders')).toMatchObject(problem(401, 'unauthenticated'));
    expect(await (await aBuyer()).api.get('/v1/orders')).toMatchObject(problem(401, 'unauthenticated'));
  });
});
