/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { picture } from './picture.js';
import { level, results } from './sample-results.js';

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('the picture', () => {
  it('has a line for each stock and its limit, and for each stock two of latency', () => {
    const svg = picture(results());
    expect(count(svg, '<polyline')).toBe(8);
    expect(svg).toContain('many SKUs: limit by pgbench');
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg).not.toContain('NaN');
  });

  it('places a figure by its share of the scale', () => {
    // The highest value is the limit of 2,000, so 1,500 orders/s are a quarter below the top.
    expect(picture(results())).toContain('<circle cx="80.0" cy="145.0"');
  });

  it('leaves out a figure that is no number', () => {
    const none = { p50: Number.NaN, p95: Number.NaN, p99: Number.NaN };
    const levels = [level('many SKUs', 8, { journeyMs: none }), level('many SKUs', 32)];
    expect(picture(results({ levels }))).not.toContain('NaN');
  });

  it('can be drawn from one number of buyers', () => {
    const levels = [level('many SKUs', 32)];
    expect(picture(results({ levels }))).not.toContain('NaN');
  });

  it('escapes what the machine calls itself', () => {
    expect(picture(results({ measuredOn: '2 × A&B <C>' }))).toContain('2 × A&amp;B &lt;C&gt;');
  });
});
