/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { judge, short } from './bars.js';
import type { Results } from './results.js';
import { figures, level, results } from './sample-results.js';

const names = (of: Results, met: boolean | undefined): string[] =>
  judge(of)
    .filter((bar) => bar.met === met)
    .map(({ name }) => name);

describe('the bars', () => {
  it('are all met by a shop that is quick enough', () => {
    expect(names(results(), true)).toHaveLength(judge(results()).length);
  });

  it('compare rates with the limit of the same run', () => {
    const slow = [level('many SKUs', 32, { ordersPerSecond: 690 }), level('one SKU', 32, { ordersPerSecond: 700 })];
    expect(judge(results({ levels: slow })).slice(0, 4)).toEqual([
      { name: 'many SKUs, 32 buyers, to the limit', bar: '≥ 0.35 ×', measured: '0.345 ×', met: false },
      { name: 'many SKUs, 128 buyers, to the limit', bar: '≥ 0.55 ×', measured: 'not measured', met: undefined },
      { name: 'one SKU, 32 buyers, to its limit', bar: '≥ 0.7 ×', measured: '0.700 ×', met: true },
      { name: 'one SKU, 128 buyers, to its limit', bar: '≥ 1.2 ×', measured: 'not measured', met: undefined },
    ]);
  });

  it('see statements that grow with the number of buyers', () => {
    const growing = [8, 32, 128].map((buyers) => level('many SKUs', buyers, { statementsPerOrder: buyers / 16 }));
    expect(names(results({ levels: growing }), false)).toEqual(['the same, most buyers to fewest']);
  });

  it('leave processor time out when PostgreSQL could not be seen', () => {
    const blind = [level('many SKUs', 32, { cpuMsPerOrder: { api: 1, client: 0.25 } })];
    expect(names(results({ levels: blind }), undefined)).toContain('CPU an order, 32 buyers');
  });

  it('are missed by a figure that is no number', () => {
    const none = { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN };
    const missed = names(results({ halfRate: figures({ confirmMs: none }) }), false);
    expect(missed).toEqual(['placed → confirmed at half the top rate, p99']);
  });

  it('are missed by an invariant that does not hold', () => {
    expect(names(results({ violations: ['stock_never_negative'] }), false)).toEqual(['invariants that do not hold']);
  });
});

describe('a figure', () => {
  it.each([
    [0, '0'],
    [32, '32'],
    [0.0123, '0.012'],
    [0.25, '0.250'],
    [4.5678, '4.57'],
    [45.678, '45.7'],
    [1487.4, '1487'],
    [Number.NaN, '–'],
  ])('of %d is written %s', (value, text) => {
    expect(short(value)).toBe(text);
  });
});
