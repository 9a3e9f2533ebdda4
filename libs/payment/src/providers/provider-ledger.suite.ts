import { describe, expect, it } from '@jest/globals';
import { Money, newId, type Currency, type Id } from '#kernel';
import type { NewPayment, PaymentProvider } from './payment-provider.js';
import type { LedgerEntry, Period } from './provider-answers.js';

/** What the listing needs of an adapter on trial. */
interface Listed {
  readonly provider: PaymentProvider;
  readonly tokens: Readonly<Record<'success' | 'declined' | 'requiresAction', string>>;
}

const MINUTE_MS = 60_000;
/** More than fit on a page of any provider that is known here. */
const MANY = 105;
const AT_ONCE = 15;

const amount = Money.of(1_999, 'EUR' as Currency);
const never = new AbortController().signal;
const around = (fromMs: number, toMs: number): Period => ({
  from: wholeSecond(Date.now() + fromMs),
  to: wholeSecond(Date.now() + toMs),
});
const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1_000) * 1_000);

async function pagesOf(provider: PaymentProvider, period: Period): Promise<(readonly LedgerEntry[])[]> {
  const pages: (readonly LedgerEntry[])[] = [];
  for (let cursor: string | undefined; ;) {
    const { entries, next } = await provider.list(period, cursor, never);
    pages.push(entries);
    if (next === undefined) return pages;
    cursor = next;
  }
}

const aPayment = (token: string, members: Partial<NewPayment> = {}): NewPayment => ({
  paymentId: newId('pay'),
  orderId: newId('order'),
  amount,
  token,
  capture: 'automatic',
  since: new Date(),
  ...members,
});

/** How an adapter lists what is in the provider's ledger. */
export function describeProviderLedger(name: string, trial: () => Listed): void {
  const entryOf = async (paymentId: Id<'pay'>) => {
    const entries = (await pagesOf(trial().provider, around(-MINUTE_MS, MINUTE_MS))).flat();
    const own = entries.filter((entry) => entry.paymentId === paymentId);
    expect(own).toHaveLength(1);
    return own[0]!;
  };
  const made = async (token: string, members?: Partial<NewPayment>) => {
    const payment = aPayment(token, members);
    const answer = await trial().provider.create(payment, never);
    return { ...payment, answer, reference: answer.reference! };
  };

  describe(`${name}: the ledger`, () => {
    it('has what became of a payment, under our id', async () => {
      const { tokens } = trial();
      for (const payment of [
        await made(tokens.success),
        await made(tokens.success, { capture: 'manual' }),
        await made(tokens.declined),
        await made(tokens.requiresAction, { returnUrl: 'https://shop.test/back' }),
      ]) {
        const { answer, reference, paymentId } = payment;
        const refunded = Money.of(0, amount.currency);
        expect(await entryOf(paymentId)).toEqual({ paymentId, reference, payment: answer, refunded });
      }
    });

    it('sums what was given back of a payment', async () => {
      const payment = await made(trial().tokens.success);
      for (const part of [300, 200]) {
        const refund = { refundId: newId('rfd'), payment, amount: Money.of(part, amount.currency) };
        await trial().provider.refund(refund, never);
      }
      const refunded = Money.of(500, amount.currency);
      expect(await entryOf(payment.paymentId)).toMatchObject({ refunded, payment: { status: 'captured', amount } });
    });

    it('has nothing of another time', async () => {
      await made(trial().tokens.success);
      for (const period of [around(-60 * MINUTE_MS, -30 * MINUTE_MS), around(30 * MINUTE_MS, 60 * MINUTE_MS)]) {
        expect(await pagesOf(trial().provider, period)).toEqual([[]]);
      }
    });

    it('comes in pages, with each payment once', async () => {
      const ids: Id<'pay'>[] = [];
      while (ids.length < MANY) {
        const payments = Array.from({ length: AT_ONCE }, () => aPayment(trial().tokens.success));
        await Promise.all(payments.map((payment) => trial().provider.create(payment, never)));
        ids.push(...payments.map(({ paymentId }) => paymentId));
      }
      const pages = await pagesOf(trial().provider, around(-MINUTE_MS, MINUTE_MS));
      expect(pages.length).toBeGreaterThan(1);
      const listed = pages.flat().map(({ paymentId }) => paymentId);
      expect(new Set(listed).size).toBe(listed.length);
      expect(listed).toEqual(expect.arrayContaining(ids));
    });
  });
}
