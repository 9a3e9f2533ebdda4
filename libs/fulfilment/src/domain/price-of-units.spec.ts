/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { Money, type Currency } from '#kernel';
import { RefundExceedsOrder } from './fulfilment.errors.js';
import { priceOfUnits, refundFor } from './price-of-units.js';

const EUR = 'EUR' as Currency;
const order = { total: 1_000, currency: EUR };
const line = { lineTotal: 1_000, ordered: 3, before: 0, units: 1 };

describe('the price of returned units', () => {
  it('is their share of the line, and the shares of all units are the whole of it', () => {
    const parts = [0, 1, 2].map((before) => priceOfUnits({ ...line, before }));
    expect(parts).toEqual([333, 333, 334]);
    expect(priceOfUnits({ ...line, units: 3 })).toBe(1_000);
  });

  it('is exact for the largest amounts', () => {
    const large = { lineTotal: 1_000_000_000_000, ordered: 1_000_000_000, before: 0, units: 999_999_999 };
    expect(priceOfUnits(large)).toBe(999_999_999_000);
  });
});

describe('the refund of a return', () => {
  it('is by default the prices of its units, and the rest of the total at the most', () => {
    expect(refundFor(order, [line], 0, undefined)).toEqual(Money.of(333, EUR));
    expect(refundFor(order, [line], 900, undefined)).toEqual(Money.of(100, EUR));
    expect(refundFor(order, [line], 1_000, undefined)).toBeNull();
    expect(refundFor(order, [{ ...line, lineTotal: 0 }], 0, undefined)).toBeNull();
  });

  it('is what staff name, nothing where they say so, and refused above the total or in another currency', () => {
    expect(refundFor(order, [line], 0, Money.of(1_000, EUR))).toEqual(Money.of(1_000, EUR));
    expect(refundFor(order, [line], 0, 'none')).toBeNull();
    expect(() => refundFor(order, [line], 1, Money.of(1_000, EUR))).toThrow(RefundExceedsOrder);
    expect(() => refundFor(order, [line], 0, Money.of(1, 'USD' as Currency))).toThrow(RefundExceedsOrder);
  });
});
