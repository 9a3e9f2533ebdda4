/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { array, assert, boolean, integer, maxSafeInteger, option, property, record } from 'fast-check';
import type { Currency } from '#kernel';
import { MAX_AMOUNT } from '#kernel';
import { spread } from './spread.js';
import { taxOf } from './tax-of.js';
import { totalsOf } from './totals.js';

const EUR = 'EUR' as Currency;
const amount = integer({ min: 0, max: 100_000 });
const lineTotals = array(amount, { maxLength: 100 });
const taxRate = option(record({ basisPoints: integer({ min: 0, max: 10_000 }), inclusive: boolean() }), {
  nil: undefined,
});
const charges = record({ discount: integer({ min: 0, max: 1_000_000 }), delivery: amount, taxRate });
const sum = (amounts: readonly number[]) => amounts.reduce((total, each) => total + each, 0);

describe('the totals', () => {
  it('are subtotal − discount + delivery + tax, exactly, and never negative', () => {
    assert(
      property(lineTotals, charges, (lines, given) => {
        const { totals } = totalsOf(EUR, lines, given);
        const { subtotal, discount, delivery, tax, total } = totals;
        expect(total.amount).toBe(subtotal.amount - discount.amount + delivery.amount + tax.amount);
        expect(subtotal.amount).toBe(sum(lines));
        expect(discount.amount).toBe(Math.min(given.discount, sum(lines)));
        for (const { amount: each } of Object.values(totals)) expect(each).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('are the sums of the parts of their lines, none of which is above its line', () => {
    assert(
      property(lineTotals, charges, (lines, given) => {
        const { lines: parts, deliveryTax, totals } = totalsOf(EUR, lines, given);
        expect(sum(parts.map(({ discount }) => discount))).toBe(totals.discount.amount);
        expect(sum(parts.map(({ tax }) => tax)) + deliveryTax).toBe(totals.tax.amount + totals.includedTax.amount);
        for (const [place, { discount }] of parts.entries()) expect(discount).toBeLessThanOrEqual(lines[place]!);
      }),
    );
  });

  it('are the sum of the lines where nothing comes to them', () => {
    const { totals } = totalsOf(EUR, [1_000, 999]);
    const zero = { amount: 0, currency: EUR };
    const price = { amount: 1_999, currency: EUR };
    expect(totals).toEqual({
      subtotal: price,
      discount: zero,
      delivery: zero,
      tax: zero,
      includedTax: zero,
      total: price,
    });
  });

  it('have the tax in them where prices have it, and add it where they do not', () => {
    const given = { discount: 1_000, delivery: 500 };
    const inclusive = totalsOf(EUR, [11_900], { ...given, taxRate: { basisPoints: 1_900, inclusive: true } });
    expect(inclusive.totals).toMatchObject({
      tax: { amount: 0 },
      includedTax: { amount: 1_820 },
      total: { amount: 11_400 },
    });
    const added = totalsOf(EUR, [10_000], { ...given, taxRate: { basisPoints: 1_900, inclusive: false } });
    expect(added.totals).toMatchObject({
      tax: { amount: 1_805 },
      includedTax: { amount: 0 },
      total: { amount: 11_305 },
    });
  });
});

describe('tax', () => {
  it.each([
    [100, 1_950, false, 20],
    [100, 1_949, false, 19],
    [1, 5_000, false, 1],
    [1, 4_999, false, 0],
    [119, 1_900, true, 19],
    [MAX_AMOUNT, 10_000, false, MAX_AMOUNT],
  ])('on %d at %d basis points, inclusive: %j, is %d', (price, basisPoints, inclusive, tax) => {
    expect(taxOf(price, { basisPoints, inclusive })).toBe(tax);
  });

  it('that is in a price is the tax on the price without it, to half a unit', () => {
    assert(
      property(amount, integer({ min: 0, max: 10_000 }), (price, basisPoints) => {
        const tax = taxOf(price, { basisPoints, inclusive: true });
        expect(Math.abs(((price - tax) * basisPoints) / 10_000 - tax)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('an amount that is spread', () => {
  it('goes to the largest remainders first, of equal ones to the first line', () => {
    expect(spread(100, [1, 1, 1])).toEqual([34, 33, 33]);
    expect(spread(10, [50, 30, 21])).toEqual([5, 3, 2]);
    expect(spread(1, [0, 0])).toEqual([0, 0]);
  });

  it('is neither more nor less in parts, and each part is within a unit of its proportion', () => {
    assert(
      property(
        array(integer({ min: 0, max: MAX_AMOUNT }), { minLength: 1, maxLength: 100 }),
        maxSafeInteger(),
        (shares, seed) => {
          const total = sum(shares);
          const part = total === 0 ? 0 : Math.abs(seed) % (total + 1);
          const parts = spread(part, shares);
          expect(sum(parts)).toBe(part);
          for (const [place, share] of shares.entries()) {
            expect(parts[place]).toBeGreaterThanOrEqual(0);
            expect(parts[place]).toBeLessThanOrEqual(share);
          }
        },
      ),
    );
  });
});
