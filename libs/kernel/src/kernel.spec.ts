/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { backoffMs, sleep } from './backoff.js';
import { DomainError } from './domain-error.js';
import { firstIdAt, idMadeAt, idSchema, newId } from './id.js';
import { currencySchema, MAX_AMOUNT, minorUnitDigits, Money, moneySchema, type Currency } from './money.js';
import { StaleVersion } from './stale-version.js';
import { lineOfText } from './text.js';

const eur = 'EUR' as Currency;

describe('ids', () => {
  it('say what they are of, and later ones sort later', () => {
    const ids = Array.from({ length: 500 }, () => newId('order'));
    expect(ids.every((id) => idSchema('order').safeParse(id).success)).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tell when they were made, to the millisecond', () => {
    const before = new Date();
    const id = newId('order');
    const madeAt = idMadeAt(id);
    expect(madeAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(madeAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(firstIdAt('order', madeAt) <= id).toBe(true);
    expect(firstIdAt('order', new Date(madeAt.getTime() + 1)) > id).toBe(true);
    expect(idSchema('order').safeParse(firstIdAt('order', madeAt)).success).toBe(true);
  });

  it.each([
    ['of another kind', newId('cart')],
    ['without its prefix', '01h2xcejqtf2nbrexx3vqjhp41'],
    ['that is too short', 'order_01h2xcejqtf2nbrexx3vqjhp4'],
    ['above 128 bits', 'order_81h2xcejqtf2nbrexx3vqjhp41'],
    ['with a letter of another alphabet', 'order_01h2xcejqtf2nbrexx3vqjhp4u'],
    ['in capitals', 'order_01H2XCEJQTF2NBREXX3VQJHP41'],
    ['with SQL in it', `order_' OR 1=1 --`],
    ['with a NUL', 'order_01h2xcejqtf2nbrexx3vqjhp4\u0000'],
    ['that is empty', ''],
    ['of any length', `order_${'0'.repeat(10_000)}`],
  ])('refuse one %s', (_, text) => {
    expect(idSchema('order').safeParse(text).success).toBe(false);
  });
});

describe('money', () => {
  it.each([0, 1, 1999, MAX_AMOUNT])('takes %d minor units', (amount) => {
    expect(moneySchema.parse({ amount, currency: 'EUR' })).toEqual({ amount, currency: 'EUR' });
  });

  it.each([
    ['a negative amount', { amount: -1, currency: 'EUR' }],
    ['half a cent', { amount: 0.5, currency: 'EUR' }],
    ['an amount as text', { amount: '1999', currency: 'EUR' }],
    ['more than a sum can carry', { amount: MAX_AMOUNT + 1, currency: 'EUR' }],
    ['infinity', { amount: Number.POSITIVE_INFINITY, currency: 'EUR' }],
    ['a currency that does not exist', { amount: 1, currency: 'XQX' }],
    ['a currency in small letters', { amount: 1, currency: 'eur' }],
    ['another member', { amount: 1, currency: 'EUR', scale: 2 }],
  ])('refuses %s', (_, money) => {
    expect(moneySchema.safeParse(money).success).toBe(false);
  });

  it('is equal only in one currency', () => {
    expect(Money.equal(Money.of(100, eur), Money.of(100, eur))).toBe(true);
    expect(Money.equal(Money.of(100, eur), Money.of(101, eur))).toBe(false);
    expect(Money.equal(Money.of(100, eur), Money.of(100, 'USD' as Currency))).toBe(false);
  });

  it.each([
    ['EUR', 2],
    ['IQD', 3],
    ['CLP', 0],
    ['JPY', 0],
    ['KWD', 3],
  ])('knows that %s has %d decimals', (currency, digits) => {
    expect(minorUnitDigits(currency as Currency)).toBe(digits);
  });

  it('adds up a full order of the dearest lines without losing a cent', () => {
    const lines = Array.from({ length: 100 }, () => MAX_AMOUNT);
    expect(Number.isSafeInteger(lines.reduce((sum, amount) => sum + amount))).toBe(true);
  });
});

describe('errors', () => {
  it('carry a stable code, their own name, what the client may know, and their cause', () => {
    class Short extends DomainError {
      static override readonly problem = { code: 'short', kind: 'conflict', title: 'As the test wants it' } as const;
    }
    const cause = new Error('inside');
    const error = new Short('Take less.', { available: 1 }, { cause });
    expect(error).toMatchObject({ name: 'Short', code: 'short', message: 'Take less.', data: { available: 1 }, cause });
    expect(new StaleVersion(7)).toMatchObject({ code: 'stale_version', data: { version: 7 } });
  });
});

describe('waiting', () => {
  it('ends at once, with the reason, when it is called off', async () => {
    const off = new AbortController();
    const waiting = sleep(600_000, off.signal);
    off.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    await expect(sleep(600_000, off.signal)).rejects.toThrow('shutting down');
  });

  it('grows between tries up to its bound, each time by chance', () => {
    for (let attempt = 1; attempt <= 60; attempt += 1) {
      const delay = backoffMs(attempt, 20, 400);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThan(Math.min(400, 20 * 2 ** (attempt - 1)));
    }
  });
});

describe('currencies', () => {
  it.each(['EUR', 'VED', 'SLE', 'XCG', 'ZWG'])('take %s, which is in force', (code) => {
    expect(currencySchema.safeParse(code).success).toBe(true);
  });
  it.each(['HRK', 'ZWL', 'BGN', 'ANG', 'XAU', 'XXX', 'eur', ''])('refuse %j, which is not', (code) => {
    expect(currencySchema.safeParse(code).success).toBe(false);
  });
});

describe('a line of text', () => {
  const line = lineOfText(20);
  it.each(['Mug', ' kept as sent ', '日本語', '👩‍🚀', 'مرحبا', 'a\u200Bb'])('takes %j as it is', (text) => {
    expect(line.parse(text)).toBe(text);
  });
  it.each([
    '',
    ' ',
    '\u200B\u200B',
    '\u00A0\u3000',
    '\u2800',
    '\u3164',
    'a\nb',
    'a\0b',
    'a\u0085b',
    'a\ud800b',
    'x'.repeat(21),
  ])('refuses %j', (text) => {
    expect(line.safeParse(text).success).toBe(false);
  });
  it('names the length of a long text, whatever is in it', () => {
    expect(line.safeParse('\n'.repeat(100_000)).error?.issues).toMatchObject([{ code: 'too_big' }]);
  });
});
