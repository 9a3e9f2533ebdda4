/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { percentiles } from './percentiles.js';

describe('percentiles', () => {
  it('are times that were measured, whatever their order', () => {
    const times = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentiles(times)).toEqual({ p50: 50, p95: 95, p99: 99 });
  });

  it('of one time are that time', () => {
    expect(percentiles([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  });

  it('of no times are no numbers', () => {
    expect(percentiles([])).toEqual({ p50: Number.NaN, p95: Number.NaN, p99: Number.NaN });
  });
});
