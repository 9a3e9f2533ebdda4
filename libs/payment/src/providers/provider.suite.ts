import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Money, newId, type Currency, type Id } from '#kernel';
import type { NewPayment, PaymentProvider } from './payment-provider.js';
import type { ProviderPayment } from './provider-answers.js';
import { describeProviderLedger } from './provider-ledger.suite.js';
import { InvalidWebhookSignature, type WebhookRequest } from './provider-events.js';

/** An adapter with what stands on its other side. */
export interface ProviderOnTrial {
  readonly provider: PaymentProvider;
  readonly tokens: Readonly<Record<'success' | 'declined' | 'requiresAction' | 'processing', string>>;
  /** The buyer decides about their step. */
  decide(reference: string, decision: 'approve' | 'decline'): Promise<void>;
  /** A payment that was under way ends with success. */
  settle(reference: string): Promise<void>;
  /** Makes the answer to the next `create` with the returned token get lost after the money was taken. */
  loseNextAnswer(): string;
  /** What the provider has taken and given back under a key, in minor units. */
  ledgerOf(paymentId: Id<'pay'>): Promise<{ readonly captured: number; readonly refunded: number }>;
  /** The webhooks about a payment so far, oldest first, signed at that time with one of the live secrets or another one. */
  webhooksOf(
    reference: string,
    signed: { readonly with: 'first' | 'second' | 'other'; readonly at: Date },
  ): Promise<WebhookRequest[]>;
  close(): Promise<void>;
}

const amount = Money.of(1_999, 'EUR' as Currency);
const LOST_AFTER_MS = 500;

const aPayment = (token: string, members: Partial<NewPayment> = {}): NewPayment => ({
  paymentId: newId('pay'),
  orderId: newId('order'),
  amount,
  token,
  capture: 'automatic',
  since: new Date(),
  ...members,
});
const referenceOf = (payment: ProviderPayment): string => {
  if (payment.reference === undefined) throw new Error('The provider gave no reference.');
  return payment.reference;
};

/** What the module relies on of every provider. An adapter is right when this passes. */
export function describePaymentProvider(name: string, open: () => Promise<ProviderOnTrial>): void {
  let trial: ProviderOnTrial;

  beforeAll(async () => {
    trial = await open();
  });

  afterAll(() => trial.close());

  const never = new AbortController().signal;
  /** A payment that the provider has answered. */
  const made = async (token: string, members: Partial<NewPayment> = {}) => {
    const payment = aPayment(token, members);
    const answer = await trial.provider.create(payment, never);
    return { ...payment, answer, reference: referenceOf(answer) };
  };

  describe(`${name}: a payment`, () => {
    it('takes the money once, and says the same to everybody who sends it again', async () => {
      const payment = aPayment(trial.tokens.success);
      const first = await trial.provider.create(payment, never);
      expect(first).toMatchObject({ status: 'captured', amount });
      expect(await Promise.all([1, 2, 3].map(() => trial.provider.create(payment, never)))).toEqual([
        first,
        first,
        first,
      ]);
      expect(await trial.ledgerOf(payment.paymentId)).toEqual({ captured: 1_999, refunded: 0 });
    });

    it('takes nothing more under the same key when the amount is another', async () => {
      const payment = await made(trial.tokens.success);
      const other = { ...payment, amount: Money.of(5_000, amount.currency) };
      await expect(trial.provider.create(other, never)).rejects.toBeInstanceOf(Error);
      expect(await trial.ledgerOf(payment.paymentId)).toEqual({ captured: 1_999, refunded: 0 });
    });

    it('that is declined says why, and takes nothing', async () => {
      const payment = aPayment(trial.tokens.declined);
      const answer = await trial.provider.create(payment, never);
      expect(answer).toMatchObject({ status: 'declined', declineCode: expect.stringMatching(/./) });
      expect(await trial.provider.status({ paymentId: payment.paymentId }, never)).toMatchObject({
        status: 'declined',
      });
      expect(await trial.ledgerOf(payment.paymentId)).toMatchObject({ captured: 0 });
    });

    it.each([
      ['approve', 'captured', 1_999],
      ['decline', 'declined', 0],
    ] as const)('with a step of the buyer: %s ends it as %s', async (decision, status, captured) => {
      const payment = await made(trial.tokens.requiresAction, { returnUrl: 'https://shop.test/back' });
      expect(payment.answer).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect' } });
      expect(await trial.ledgerOf(payment.paymentId)).toMatchObject({ captured: 0 });
      await trial.decide(payment.reference, decision);
      expect(await trial.provider.status(payment, never)).toMatchObject({ status });
      expect(await trial.ledgerOf(payment.paymentId)).toMatchObject({ captured });
    });

    it('that is under way ends later', async () => {
      const payment = await made(trial.tokens.processing);
      expect(payment.answer).toMatchObject({ status: 'processing' });
      await trial.settle(payment.reference);
      expect(await trial.provider.status(payment, never)).toMatchObject({ status: 'captured', amount });
    });

    it('whose answer was lost is found under its key, and not taken again', async () => {
      const payment = aPayment(trial.loseNextAnswer());
      const lost = trial.provider.create(payment, AbortSignal.timeout(LOST_AFTER_MS));
      await expect(lost).rejects.toBeDefined();
      expect(await trial.provider.status({ paymentId: payment.paymentId }, never)).toMatchObject({
        status: 'captured',
      });
      expect(await trial.ledgerOf(payment.paymentId)).toEqual({ captured: 1_999, refunded: 0 });
    });

    it('that was never sent is not found', async () => {
      expect(await trial.provider.status({ paymentId: newId('pay') }, never)).toBeUndefined();
    });
  });

  describe(`${name}: an authorized payment`, () => {
    it('is taken by its capture, once', async () => {
      const payment = await made(trial.tokens.success, { capture: 'manual' });
      expect(payment.answer).toMatchObject({ status: 'authorized', amount });
      expect(await trial.ledgerOf(payment.paymentId)).toMatchObject({ captured: 0 });
      expect(await trial.provider.capture(payment, never)).toMatchObject({ status: 'captured', amount });
      expect(await trial.provider.capture(payment, never)).toMatchObject({ status: 'captured', amount });
      expect(await trial.ledgerOf(payment.paymentId)).toMatchObject({ captured: 1_999 });
    });

    it('is given up by its void, and cannot be taken any more', async () => {
      const payment = await made(trial.tokens.success, { capture: 'manual' });
      expect(await trial.provider.void(payment, never)).toMatchObject({ status: 'voided' });
      expect(await trial.provider.capture(payment, never)).toMatchObject({ status: 'voided' });
      expect(await trial.ledgerOf(payment.paymentId)).toMatchObject({ captured: 0 });
    });

    it('that was taken before its void stays taken', async () => {
      const payment = await made(trial.tokens.success);
      expect(await trial.provider.void(payment, never)).toMatchObject({ status: 'captured', amount });
    });
  });

  describe(`${name}: a refund`, () => {
    it('gives back a part, then the rest, each once, and never more', async () => {
      const payment = await made(trial.tokens.success);
      const part = { refundId: newId('rfd'), payment, amount: Money.of(500, amount.currency) };
      const first = await trial.provider.refund(part, never);
      expect(first).toMatchObject({ status: 'succeeded' });
      expect(await trial.provider.refund(part, never)).toEqual(first);
      const rest = { ...part, refundId: newId('rfd'), amount: Money.of(1_499, amount.currency) };
      expect(await trial.provider.refund(rest, never)).toMatchObject({ status: 'succeeded' });
      const more = { ...part, refundId: newId('rfd'), amount: Money.of(1, amount.currency) };
      expect(await trial.provider.refund(more, never)).toMatchObject({ status: 'failed' });
      expect(await trial.ledgerOf(payment.paymentId)).toEqual({ captured: 1_999, refunded: 1_999 });
    });

    it('is found under its key and under its reference', async () => {
      const payment = await made(trial.tokens.success);
      const refund = { refundId: newId('rfd'), payment, amount };
      const { reference } = await trial.provider.refund(refund, never);
      expect(await trial.provider.refundStatus(refund, never)).toMatchObject({ status: 'succeeded', reference });
      expect(await trial.provider.refundStatus({ ...refund, reference }, never)).toMatchObject({ status: 'succeeded' });
      expect(await trial.provider.refundStatus({ ...refund, refundId: newId('rfd') }, never)).toBeUndefined();
    });
  });

  describe(`${name}: a webhook`, () => {
    const now = new Date('2026-05-01T12:00:00.000Z');
    const earlier = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

    it.each(['first', 'second'] as const)(
      'signed with the %s live secret says what became of a payment',
      async (secret) => {
        const payment = await made(trial.tokens.processing);
        await trial.settle(payment.reference);
        const webhooks = await trial.webhooksOf(payment.reference, { with: secret, at: now });
        const events = webhooks.map((webhook) => trial.provider.parseWebhook(webhook, now));
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        expect(events.at(-1)?.fact).toMatchObject({
          about: 'payment',
          paymentId: payment.paymentId,
          payment: { status: 'captured', reference: payment.reference, amount },
        });
      },
    );

    it('says what became of a refund', async () => {
      const payment = await made(trial.tokens.success);
      const refundId = newId('rfd');
      const { reference } = await trial.provider.refund({ refundId, payment, amount }, never);
      const webhooks = await trial.webhooksOf(payment.reference, { with: 'first', at: now });
      const facts = webhooks.map((webhook) => trial.provider.parseWebhook(webhook, now).fact);
      expect(facts.at(-1)).toMatchObject({
        about: 'refund',
        refundId,
        paymentReference: payment.reference,
        amount,
        refund: { status: 'succeeded', reference },
      });
    });

    it('is refused when it is forged, changed, unsigned, too old or too new', async () => {
      const { reference } = await made(trial.tokens.requiresAction);
      await trial.decide(reference, 'approve');
      const signed = async (secret: 'first' | 'other', at: Date): Promise<WebhookRequest> =>
        (await trial.webhooksOf(reference, { with: secret, at })).at(-1)!;
      const good = await signed('first', earlier(290));
      expect(trial.provider.parseWebhook(good, now).fact).toMatchObject({ payment: { reference } });
      const changed = Buffer.from(good.rawBody.toString('utf8').replace('1999', '1998'));
      const bad: WebhookRequest[] = [
        await signed('other', now),
        await signed('first', earlier(310)),
        await signed('first', earlier(-310)),
        { ...good, rawBody: changed },
        { ...good, headers: { 'content-type': 'application/json' } },
      ];
      for (const webhook of bad)
        expect(() => trial.provider.parseWebhook(webhook, now)).toThrow(InvalidWebhookSignature);
    });
  });

  describeProviderLedger(name, () => trial);
}
