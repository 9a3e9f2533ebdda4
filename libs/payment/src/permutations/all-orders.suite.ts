import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newSku } from '../../../../test/support/products.js';
import { WholeShop } from '../../../../test/support/whole-shop.js';
import { HeldAnswers, type Answer } from './held-answers.suite.js';
import { PaymentCase, PRICE, type Happening, type Result } from './payment-case.suite.js';
import type { ProviderInAnyOrder } from './provider-in-any-order.suite.js';
import { permutationsOf } from './permutations-of.suite.js';

const HAPPENINGS = ['answer', 'webhook', 'webhook again', 'expiry', 'cancel', 'refund'] as const;
/** Each waits with an answer of the provider that is held back. */
const CASES_AT_ONCE = 20;
const ROUNDS = 4;
const LIMIT_MS = 300_000;

const isFirst = (order: readonly Happening[]): boolean => order.indexOf('webhook') < order.indexOf('webhook again');

/** As the webhook and its repetition are the same bytes, each half has every order that differs. */
function halves(): Readonly<Record<'first' | 'second', Happening[][]>> {
  const orders = permutationsOf<Happening>(HAPPENINGS);
  return { first: orders.filter(isFirst), second: orders.filter((order) => !isFirst(order)) };
}

interface Variant {
  readonly half: 'first' | 'second';
  readonly says: Answer;
  readonly queues: 'run' | 'stand still';
  /** Every way in which it ends in some order. */
  readonly ends: readonly string[];
}

const PAID = ['cancelled refunded', 'confirmed paid', 'confirmed refunded'];
const LATE = ['cancelled none', ...PAID];
const VARIANTS: Variant[] = [
  { half: 'first', says: 'taken', queues: 'run', ends: PAID },
  { half: 'second', says: 'declined', queues: 'run', ends: LATE },
];
/** Of `npm run test:payments`. */
const OTHER_VARIANTS: Variant[] = [
  { half: 'first', says: 'declined', queues: 'stand still', ends: LATE },
  { half: 'second', says: 'taken', queues: 'stand still', ends: PAID },
];
if (process.env['ALL_ORDERS'] === 'twice') VARIANTS.push(...OTHER_VARIANTS);

/**
 * All 720 orders of what can happen around one payment. `ALL_ORDERS=twice` does them once more with the other answer and with queues that stand
 * still until everything has happened.
 */
export function describeAllOrders(open: () => Promise<ProviderInAnyOrder>): void {
  let provider: ProviderInAnyOrder;
  let shop: WholeShop;
  let answers: HeldAnswers;
  let sku: string;

  beforeAll(async () => {
    provider = await open();
    shop = await WholeShop.open({ PAYMENT_TIMEOUT_MS: '20000', ...provider.env });
    answers = HeldAnswers.of(shop);
    sku = newSku();
    const product = { sku, name: 'A mug', price: { amount: PRICE, currency: 'EUR' }, onHand: 100_000 };
    const { status } = await shop.staff.post('/v1/admin/products/import', { products: [product] });
    if (status >= 300) throw new Error(`No product: ${status}`);
  });

  afterAll(async () => {
    await shop?.close();
    await provider?.close();
  });

  const caseOf = (order: readonly Happening[], says: Answer): PaymentCase =>
    new PaymentCase({ shop, provider, answers, sku }, order, says);

  const dispatch = () => shop.dispatch(provider.unhandled);

  /** Lets as much time pass as it takes until nothing changes any more. */
  async function settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      await dispatch();
      await shop.rows(`UPDATE messaging.scheduled SET due_at = now() - interval '1 s'`);
    }
  }

  /** All do their first step, then their second one, and so on. */
  async function play(cases: readonly PaymentCase[], queues: 'run' | 'stand still'): Promise<void> {
    await Promise.all(cases.map((each) => each.begin()));
    if (queues === 'run') await dispatch();
    for (let step = 0; step < HAPPENINGS.length; step += 1) {
      await Promise.all(cases.map((each) => each.happen(step)));
      if (queues === 'run') await dispatch();
    }
    await settle();
  }

  async function playAll(cases: readonly PaymentCase[], queues: 'run' | 'stand still'): Promise<readonly Result[]> {
    for (let at = 0; at < cases.length; at += CASES_AT_ONCE) await play(cases.slice(at, at + CASES_AT_ONCE), queues);
    return Promise.all(cases.map((each) => each.result()));
  }

  describe('in all orders of answer, webhook, webhook again, hold expiry, cancellation and refund', () => {
    it.each(VARIANTS)(
      'a payment that was taken, and whose answer says $says, ends with goods or a refund; the queues $queues',
      async ({ says, queues, half, ends }) => {
        const cases = halves()[half].map((order) => caseOf(order, says));
        expect(cases).toHaveLength(360);
        const results = await playAll(cases, queues);
        expect(results.flatMap(({ complaints }) => complaints)).toEqual([]);
        expect([...new Set(results.map(({ end }) => end))].toSorted()).toEqual(ends);
      },
      LIMIT_MS,
    );

    it('leaves two ledgers that are equal, every invariant as it was, and no dead letter', async () => {
      expect(await provider.differences(shop)).toEqual([]);
      const { body } = await shop.staff.get('/v1/admin/invariants');
      expect(body.checks.filter(({ violations }: { violations: number }) => violations > 0)).toEqual([]);
      expect(shop.deadLetters).toEqual([]);
    });
  });
}
