/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { hasCardNumber } from './card-number.js';

describe('the number of a payment card', () => {
  it.each([
    ['Visa', '4111111111111111'],
    ['Visa, in groups', '4111 1111 1111 1111'],
    ['Visa, with dashes', '4111-1111-1111-1111'],
    ['Visa, 19 digits', '4000000000000000006'],
    ['Mastercard', '5555555555554444'],
    ['Mastercard, the newer range', '2223003122003222'],
    ['American Express', '3782 822463 10005'],
    ['Diners Club', '30569309025904'],
    ['Discover', '6011111111111117'],
    ['JCB', '3530111333300000'],
    ['UnionPay', '6200000000000005'],
    ['in a sentence', 'take it from 4111 1111 1111 1111, please'],
    ['in brackets', '(4242424242424242)'],
  ])('is seen: %s', (_, text) => {
    expect(hasCardNumber(text)).toBe(true);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['no issuer', '9111111111111111'],
    ['an EAN', '4006381333931'],
    ['another length', '378282246310005000'],
    ['a telephone number', '+49 4111 1111 1111 111'],
    ['an IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['an id', 'order_01h2xcejqtf2nbrexx3vqjhp41'],
    ['an id of digits', 'ref_4111111111111111'],
    ['a UUID', '41111111-1111-4111-8111-111111111111'],
    ['part of a longer number', '41111111111111110000'],
    ['a lock key that names a SKU', 'stock:4111111111111111'],
    ['a time', '2026-11-26T21:13:12.789Z'],
    ['an amount', '1999'],
  ])('is not: %s', (_, text) => {
    expect(hasCardNumber(text)).toBe(false);
  });
});
