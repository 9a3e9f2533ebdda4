/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { ordersPerSecond } from './limit.js';

const OUTPUT = `transaction type: limit-order.sql
number of clients: 32
number of transactions actually processed: 4321
number of failed transactions: 0 (0.000%)
latency average = 22.2 ms
initial connection time = 40.1 ms
tps = 1441.25 (without initial connection time)
`;

describe('the limit', () => {
  it('is the rate that pgbench prints', () => {
    expect(ordersPerSecond(OUTPUT)).toBe(1441.25);
  });

  it('is not known when transactions failed', () => {
    expect(() => ordersPerSecond(OUTPUT.replace('failed transactions: 0', 'failed transactions: 3'))).toThrow(
      'pgbench measured nothing',
    );
  });

  it('is not known when pgbench printed something else', () => {
    expect(() => ordersPerSecond('pgbench: error')).toThrow('pgbench measured nothing');
  });
});
