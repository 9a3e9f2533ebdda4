import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiSandbox } from '../../../../test/support/api-sandbox.js';
import { Buyer } from '../../../../test/support/buyer.js';
import { CUSTOMER_JWT_SECRET, customerBearer } from '../../../../test/support/customer.js';

let shop: ApiSandbox;
let sku: string;

beforeAll(async () => {
  shop = await ApiSandbox.open({
    CUSTOMER_JWT_SECRET,
    TRUSTED_PROXIES: '127.0.0.1',
    OPEN_ORDERS_MAX: '5',
    HELD_UNITS_MAX: '20',
  });
  sku = await shop.aProduct({ amount: 1_999, onHand: 5_000 });
});

afterAll(() => shop.close());

/** Checks out a new cart with these headers. */
const order = async (headers: Record<string, string>, quantity = 1) =>
  (await Buyer.withCart(shop.api, [{ sku, quantity }])).checkout(headers);
const orderByStaff = async (quantity: number) => {
  const { cartId, cartToken } = await Buyer.withCart(shop.api, [{ sku, quantity }]);
  const shippingAddress = { name: 'A', line1: 'B', city: 'C', postalCode: 'D', country: 'DE' };
  const body = { cartId, email: 'ada@example.com', shippingAddress };
  return shop.staff.post('/v1/orders', body, { 'cart-token': cartToken });
};
const from = (address: string) => ({ 'x-forwarded-for': address });
const refused = (code: string, more: object) => ({ status: 409, body: { code, ...more } });

describe('POST /v1/orders', () => {
  it('limits the unpaid orders of one guest address, however many carts it has', async () => {
    const mine = from('203.0.113.7');
    for (let cart = 0; cart < 5; cart += 1) expect(await order(mine)).toMatchObject({ status: 201 });
    expect(await order(mine)).toMatchObject(refused('open_orders_limit', { limit: 5 }));
    expect(await order(from('203.0.113.8'))).toMatchObject({ status: 201 });
  });

  it('limits the units that one guest address holds, and takes an IPv6 network as one address', async () => {
    expect(await order(from('2001:db8::1'), 15)).toMatchObject({ status: 201 });
    expect(await order(from('2001:db8::2'), 6)).toMatchObject(refused('held_units_limit', { limit: 20, requested: 6 }));
    expect(await order(from('2001:db8::2'), 5)).toMatchObject({ status: 201 });
    expect(await order(from('2001:db8:0:1::1'), 20)).toMatchObject({ status: 201 });
  });

  it('counts a customer by himself, at whatever address, and does not limit staff', async () => {
    const ada = await customerBearer('ada');
    expect(await order({ ...ada, ...from('198.51.100.1') }, 20)).toMatchObject({ status: 201 });
    expect(await order({ ...ada, ...from('198.51.100.2') })).toMatchObject(refused('held_units_limit', {}));
    expect(await order(from('198.51.100.1'))).toMatchObject({ status: 201 });
    const bob = await customerBearer('bob');
    expect(await order({ ...bob, ...from('198.51.100.1') })).toMatchObject({ status: 201 });
    for (let cart = 0; cart < 6; cart += 1) expect(await orderByStaff(20)).toMatchObject({ status: 201 });
  });

  it('takes an order again when another one is given up', async () => {
    const mine = from('203.0.113.9');
    const buyer = await Buyer.withCart(shop.api, [{ sku, quantity: 20 }]);
    const { body } = await buyer.checkout(mine);
    expect(await order(mine)).toMatchObject(refused('held_units_limit', {}));
    await buyer.api.post(`/v1/orders/${body.id}/cancel`, undefined);
    expect(await order(mine)).toMatchObject({ status: 201 });
  });
});
