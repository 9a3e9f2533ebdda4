/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { copiesOf } from './copies.js';
import { copyText } from './sample-order.js';

const ORDER = 'order_01m814yx99f6erp91f0x9yady3';
const EVENT = '01976f2e-8a1b-7c3d-9e4f-5a6b7c8d9e0f';

describe('copies of an order', () => {
  it('have ids of their own, the same one wherever it stands', () => {
    const copy = copiesOf(`${ORDER}\t{"order":"${ORDER}"}\t${EVENT}\n`, [ORDER, EVENT]);
    expect(copy(42)).toBe(
      'order_01m814yx99f6erp90000000042\t{"order":"order_01m814yx99f6erp90000000042"}\t01976f2e-8a1b-7c3d-9e4f-5a0000000042\n',
    );
  });

  it('have references of the provider of their own', () => {
    const copy = copiesOf(`${ORDER}\tsbx_${'a'.repeat(32)}`, [ORDER]);
    expect(copy(7)).toBe(`order_01m814yx99f6erp90000000007\tsbx_${'a'.repeat(22)}0000000007`);
  });

  it('have hashes of their own', () => {
    const copy = copiesOf(`\\\\x${'a'.repeat(64)}\t${ORDER}`, [ORDER]);
    expect(copy(7)).toBe(`\\\\x${'a'.repeat(54)}0000000007\torder_01m814yx99f6erp90000000007`);
  });

  it('keep everything else', () => {
    expect(copiesOf('\\N\tEUR\t1999\n', [ORDER])(7)).toBe('\\N\tEUR\t1999\n');
  });
});

describe('a field for COPY', () => {
  it.each([
    [null, '\\N'],
    ['plain', 'plain'],
    ['a\tb\nc\rd\\e', 'a\\tb\\nc\\rd\\\\e'],
  ])('of %j is %j', (field, text) => {
    expect(copyText(field)).toBe(text);
  });
});
