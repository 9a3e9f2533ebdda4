import * as fc from 'fast-check';
import type { Schema } from '../support/contract/open-api.js';
import { Pick, type Kind } from './known-resources.js';

const INDEX_MAX = 1_000;
const picked = (kind: Kind): fc.Arbitrary<Pick> => fc.nat(INDEX_MAX).map((index) => new Pick(kind, index));

/** What the names of parameters and members stand for. The schema alone does not tell which things there are. */
const BY_NAME: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  sku: picked('sku'),
  cartId: picked('cart'),
  orderId: picked('order'),
  paymentId: picked('payment'),
  shipmentId: picked('shipment'),
  returnId: picked('return'),
  id: picked('letter'),
  key: picked('key'),
  queue: picked('queue'),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD', 'JPY', 'KWD', 'XXX', 'ZZZ'),
  country: fc.constantFrom(...Array.from({ length: 12 }, () => 'GB'), 'DE', 'IE', 'ZZ'),
  deliveryMethod: fc.constantFrom('standard', 'standard', 'standard', 'standard', 'none'),
  code: fc.constantFrom('SPRING', 'Once', 'ALL'),
  discountCode: fc.constantFrom('SPRING', 'Once', 'ALL', 'NO'),
  postalCode: fc.constantFrom('SW1Y 4JH', 'SW1Y 4JH', '10115'),
  quantity: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 999 }) },
  ),
  onHand: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1_000_000_000) },
  ),
  delta: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -50, max: 100 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1e9, -1e9) },
  ),
  amount: fc.oneof({ weight: 4, arbitrary: fc.nat(20_000) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, 1e12) }),
  restocked: fc.nat(2),
  writtenOff: fc.nat(2),
  location: fc.constantFrom('default', 'default', 'default', 'north', 'nowhere'),
  locationId: fc.constantFrom('default', 'north'),
  from: fc.constantFrom('default', 'default', 'north'),
  to: fc.constantFrom('north', 'north', 'default'),
  backorderLimit: fc.constantFrom(0, 0, 0, 5),
  safetyStock: fc.constantFrom(0, 0, 0, 2),
  token: fc.constantFrom(
    'tok_success',
    'tok_success',
    'tok_success',
    'tok_declined',
    'tok_error',
    'tok_timeout',
    'tok_x',
  ),
};

/** A member that may be left out is sent in half of the cases; these only now and then, because they seldom fit the state of things. */
const SELDOM = new Set([
  'expectedTotal',
  'billingAddress',
  'returnUrl',
  'cursor',
  'currency',
  'maxPerOrder',
  'active',
  'discountCode',
  'minSubtotal',
  'validFrom',
  'validTo',
  'countries',
  'location',
  'refund',
  'acceptShortage',
  'reference',
]);
/** Without these little can be done next. */
const OFTEN = new Set(['items', 'postalCode', 'deliveryMethod']);

/** Values that the schema takes. */
export function fitting(schema: Schema, name = ''): fc.Arbitrary<unknown> {
  const known = BY_NAME[name];
  if (known !== undefined) return known;
  if ('const' in schema) return fc.constant(schema['const']);
  if (schema['enum'] !== undefined) return fc.constantFrom(...schema['enum']);
  const alternatives: Schema[] | undefined = schema['anyOf'] ?? schema['oneOf'];
  if (alternatives !== undefined) return fc.oneof(...alternatives.map((each) => fitting(each)));
  if (Array.isArray(schema['type'])) return fc.oneof(...schema['type'].map((type) => fitting({ ...schema, type })));
  return ofType(schema);
}

function ofType(schema: Schema): fc.Arbitrary<unknown> {
  const { type, minimum = -1e12, maximum = 1e12, minItems = 0, maxItems = 4 } = schema;
  if (type === 'object') return anObject(schema);
  if (type === 'array')
    return fc.array(fitting(schema['items']), { minLength: minItems, maxLength: Math.min(maxItems, 4) });
  if (type === 'integer')
    return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  return aText(schema);
}

function anObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
  const members = Object.entries<Schema>(properties).map(([name, member]) => {
    const value = fitting(member, name);
    if (required.includes(name)) return [name, value] as const;
    const absent = { weight: SELDOM.has(name) ? 9 : 1, arbitrary: fc.constant(undefined) };
    return [name, fc.oneof({ weight: OFTEN.has(name) ? 9 : 1, arbitrary: value }, absent)] as const;
  });
  // Undefined members are not in the JSON.
  return fc.record(Object.fromEntries(members));
}

function aText({ format, pattern, example, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'uri') return fc.webUrl();
  if (format === 'idn-email')
    return fc.constantFrom('ada@example.com', 'ada+1@bücher.example', `${'a'.repeat(64)}@b.de`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const limits = { minLength, maxLength: Math.min(maxLength, 60) };
  const plain = fc.string({ ...limits, unit: fc.constantFrom('a', 'b', 'Y', 'Z', '0', '9') });
  const texts = [plain, plain, plain, plain, fc.string({ ...limits, unit: 'grapheme' })];
  return fc.oneof(...(typeof example === 'string' ? [fc.constant(example), ...texts] : texts));
}
