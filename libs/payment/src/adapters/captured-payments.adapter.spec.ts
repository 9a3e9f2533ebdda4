import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ClaimedCapture } from '#contracts';
import { Money, newId, type Currency } from '#kernel';
import { amount, captured, declined, PaymentBench } from '../use-cases/payment-bench.suite.js';
import { CapturedPaymentsAdapter } from './captured-payments.adapter.js';

let bench: PaymentBench;

beforeAll(async () => {
  bench = await PaymentBench.open();
});

afterAll(() => bench.close());

const areCaptured = (...claims: ClaimedCapture[]) =>
  bench.transactions.read((db) => bench.get(CapturedPaymentsAdapter).areCaptured(db, claims));

it('says for each claim of a list whether that attempt has taken that amount for that order', async () => {
  const [paid, refused, open] = [await bench.anAttempt(), await bench.anAttempt(), await bench.anAttempt()];
  await bench.move(captured(paid.paymentId), declined(refused.paymentId));
  const right = { paymentId: paid.paymentId, orderId: paid.orderId, amount };
  const claims: [claim: ClaimedCapture, holds: boolean][] = [
    [right, true],
    [{ ...right, paymentId: newId('pay') }, false],
    [{ ...right, orderId: refused.orderId }, false],
    [{ ...right, amount: Money.of(amount.amount + 1, amount.currency) }, false],
    [{ ...right, amount: Money.of(amount.amount, 'USD' as Currency) }, false],
    [{ paymentId: refused.paymentId, orderId: refused.orderId, amount }, false],
    [{ paymentId: open.paymentId, orderId: open.orderId, amount }, false],
    [right, true],
  ];
  expect(await areCaptured(...claims.map(([claim]) => claim))).toEqual(claims.map(([, holds]) => holds));
});
