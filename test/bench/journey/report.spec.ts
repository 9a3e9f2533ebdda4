/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { report } from './report.js';
import { level, results } from './sample-results.js';

describe('the report', () => {
  it('says that all bars are met, and what one figure was', () => {
    const text = report(results());
    expect(text).toContain('All 19 measured bars are met.');
    expect(text).toMatch(/^many SKUs +32 +1500 +0\.750 × +20 · 40 · 80 +20 · 40 · 80$/m);
    expect(text).toContain('2.88');
  });

  it('names the bars that are missed and the invariants that are broken', () => {
    const text = report(
      results({ violations: ['orders_total_adds_up'], hundredLines: { oneLineMs: 10, hundredLinesMs: 50 } }),
    );
    expect(text).toContain(
      '2 of 19 bars are missed: order of 100 lines to one of 1 line; invariants that do not hold.',
    );
    expect(text).toContain('BROKEN: orders_total_adds_up');
  });

  it('says what was not measured', () => {
    const levels = [level('many SKUs', 32, { statementsPerOrder: undefined })];
    const text = report(results({ levels, overload: undefined, grown: undefined }));
    expect(text).toContain('SQL statements are not counted: this PostgreSQL has no pg_stat_statements.');
    expect(text).toContain('All 9 measured bars are met; 10 not measured.');
  });
});
