import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashToken, newToken } from '#kernel';
import { newId } from '#kernel';
import { contract } from '../../apps/shop.js';
import type { ApiClient } from '../support/api-client.js';
import { Buyer } from '../support/buyer.js';
import { asCustomer, CUSTOMER_JWT_SECRET } from '../support/customer.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';
import { ACCESS, bodyOf, CALLERS, type CallerKind } from './access-table.js';

type Security = readonly Readonly<Record<string, readonly string[]>>[];

interface Operation {
  /** Method and path, as the rows of the table are named. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** The alternatives that the document names. */
  readonly security: Security;
}

/** Something of a buyer that an operation is tried on. */
interface Target {
  readonly cartId: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly owner: ApiClient;
}

let shop: Shop;
let sku: string;
let operations: Operation[];
/** The owners, where an operation is about nothing of theirs. */
let guest: ApiClient;
let customer: ApiClient;
let strangers: Readonly<Record<'nobody' | 'another guest' | 'another customer', ApiClient>>;

beforeAll(async () => {
  shop = await Shop.start({ env: { CUSTOMER_JWT_SECRET } });
  sku = await aProduct(shop, { onHand: 500, amount: 700 });
  await shop.staff.put('/v1/admin/discounts/access', { basisPoints: 100 });
  await shop.staff.put('/v1/admin/tax-rates/IS', { basisPoints: 0, inclusive: true });
  const { body } = await shop.api().get('/openapi.json');
  operations = Object.entries(body.paths as Record<string, Record<string, { security: Security }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([key, { security }]) => {
        const method = key.toUpperCase();
        return { name: `${method} ${path}`, method, path, security };
      }),
  );
  guest = (await Buyer.withCart(shop.api())).api;
  customer = await asCustomer(shop.api(), 'ada');
  strangers = {
    nobody: shop.api(),
    'another guest': (await Buyer.withCart(shop.api())).api,
    'another customer': await asCustomer(shop.api(), 'mallory'),
  };
});

afterAll(() => shop?.stop());

const scopeOf = ({ security }: Operation): string | undefined =>
  security.flatMap((alternative) => alternative['ApiKey'] ?? [])[0];

async function keyWith(scopes: readonly string[]): Promise<ApiClient> {
  const key = `hf_${newToken()}`;
  await shop.db.query('INSERT INTO http.api_keys (id, hash, label, scopes) VALUES ($1, $2, $3, $4)', [
    newId('key'),
    hashToken(key),
    'test',
    scopes,
  ]);
  return shop.api().as({ authorization: `Bearer ${key}` });
}

/** Where the operation is about one: a cart with one product, and what it needs of an order and a payment. */
async function aTarget({ path }: Operation, owner: 'guest' | 'customer'): Promise<Target> {
  const api = owner === 'guest' ? guest : customer;
  if (!/^\/v1\/(carts\/|orders)/.test(path)) return { cartId: '', orderId: '', paymentId: '', owner: api };
  const buyer = await Buyer.withCart(owner === 'guest' ? shop.api() : customer, [{ sku, quantity: 1 }]);
  const orderId = path.includes('{orderId}') ? (await buyer.order()).id : '';
  const paymentId = path.includes('{paymentId}') ? (await buyer.pay(orderId, 'tok_declined')).body.paymentId : '';
  // A customer's cart opens without its token.
  return { cartId: buyer.cartId, orderId, paymentId, owner: owner === 'guest' ? buyer.api : api };
}

async function statusOf(operation: Operation, api: ApiClient, { cartId, orderId, paymentId }: Target): Promise<number> {
  const { name, method, path } = operation;
  const parameters: Record<string, string> = {
    sku,
    cartId,
    orderId,
    paymentId,
    id: newId('key'),
    key: 'cart:none',
    locationId: 'default',
    number: '999999',
    country: 'IS',
    code: 'ACCESS',
  };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => parameters[parameter] || parameter);
  const headers = {
    'idempotency-key': newId('key'),
    // A physical count demands it.
    ...(name === 'PUT /v1/admin/stock/{sku}' && { 'if-match': '*' }),
  };
  const query = name === 'GET /v1/carts/{cartId}/delivery-methods' ? '?country=GB' : '';
  const body = bodyOf(name, { sku, cartId });
  return (await api.send(method, `${filled}${query}`, { headers, ...(body !== undefined && { body }) })).status;
}

/** Strangers first, on what the guest owns. Owners and staff each get a target that nobody has changed. */
async function statusesOf(operation: Operation): Promise<Record<CallerKind, number>> {
  const [guests, customers, forStaff] = await Promise.all([
    aTarget(operation, 'guest'),
    aTarget(operation, 'customer'),
    aTarget(operation, 'guest'),
  ]);
  const scope = scopeOf(operation);
  const scopeless = await keyWith(contract.scopes.filter((other) => other !== scope));
  const scoped = await keyWith(scope === undefined ? contract.scopes : [scope]);
  const ask = (api: ApiClient, target: Target) => statusOf(operation, api, target);
  return {
    nobody: await ask(strangers.nobody, guests),
    'another guest': await ask(strangers['another guest'], guests),
    'another customer': await ask(strangers['another customer'], guests),
    'a key without the scope': await ask(scopeless, guests),
    'the guest who owns it': await ask(guests.owner, guests),
    'the customer who owns it': await ask(customers.owner, customers),
    'a key with the scope': await ask(scoped, forStaff),
  };
}

describe('every operation of the document', () => {
  it('says in the table what each caller gets', () => {
    expect(operations.map(({ name }) => name).toSorted()).toEqual(Object.keys(ACCESS).toSorted());
  });

  it('answers each caller with exactly the status of the table', async () => {
    const [seen, right]: Record<string, Record<string, number>>[] = [{}, {}];
    for (const operation of operations) {
      seen![operation.name] = await statusesOf(operation);
      const row = ACCESS[operation.name] ?? [];
      right![operation.name] = Object.fromEntries(CALLERS.map((caller, column) => [caller, row[column] ?? 0]));
    }
    expect(seen).toEqual(right);
  }, 120_000);

  it('names in its security the credentials that open it, and is public where it names none', () => {
    const named: Record<string, object> = {};
    const right: Record<string, object> = {};
    for (const { name, security } of operations) {
      const row = ACCESS[name] ?? [];
      const isPublic = row[0] !== 401 && row[0] !== 404;
      const schemes = security.flatMap((alternative) => Object.keys(alternative));
      // A public operation may name credentials that change its answer.
      named[name] = isPublic ? { open: security.some((one) => Object.keys(one).length === 0) } : { schemes };
      right[name] = isPublic ? { open: true } : { schemes: ABSENT.has(name) ? OF_AN_ORDER : schemesOf(row) };
    }
    expect(named).toEqual(right);
  });
});

const OF_AN_ORDER = ['CartToken', 'CustomerBearer', 'ApiKey'];
/** What it names is not there, so its owner is answered like a stranger. */
const ABSENT = new Set(['GET /v1/orders/{orderId}/returns/{returnId}']);

/** A caller is let in where it is answered otherwise than one of its kind who is not. */
function schemesOf(row: readonly number[]): string[] {
  const statusFor = (caller: CallerKind): number => row[CALLERS.indexOf(caller)] ?? 0;
  return [
    ...(isLetIn(statusFor('the guest who owns it'), statusFor('another guest')) ? ['CartToken'] : []),
    ...(isLetIn(statusFor('the customer who owns it'), statusFor('another customer')) ? ['CustomerBearer'] : []),
    ...(statusFor('a key with the scope') !== statusFor('a key without the scope') ? ['ApiKey'] : []),
  ];
}

const isLetIn = (owner: number, stranger: number): boolean => owner < 400 || owner !== stranger;
