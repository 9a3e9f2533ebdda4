/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { Money, type Currency } from '#kernel';
import { fromStripe, toStripe } from './stripe-amount.js';

const money = (amount: number, currency: string) => Money.of(amount, currency as Currency);

describe('an amount at Stripe', () => {
  it.each([
    ['EUR', 1_999, 1_999],
    ['JPY', 1_999, 1_999],
    ['HUF', 1_999, 1_999],
    ['TWD', 1_999, 1_999],
    ['KWD', 5_120, 5_120],
    ['ISK', 5, 500],
    ['UGX', 5, 500],
    ['MGA', 500, 5],
  ])('of %s: %i here is %i there, and the other way round', (currency, here, there) => {
    expect(toStripe(money(here, currency))).toEqual({ amount: there, currency: currency.toLowerCase() });
    expect(fromStripe({ amount: there, currency: currency.toLowerCase() })).toEqual(money(here, currency));
  });

  it.each([
    ['KWD', 5_124],
    ['MGA', 501],
    ['IQD', 1_000],
    ['LYD', 1_000],
  ])('of %s cannot be %i', (currency, amount) => {
    expect(toStripe(money(amount, currency))).toBeUndefined();
  });
});
