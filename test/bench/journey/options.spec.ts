/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.js';

describe('the options', () => {
  it('mean everything, judged mildly, in an empty database', () => {
    const { plan, strict, rows } = readOptions([]);
    expect([plan.buyers, plan.overloadMs > 0, strict, rows]).toEqual([[8, 32, 128], true, false, 0]);
  });

  it('can ask for less', () => {
    const { plan } = readOptions(['--quick']);
    expect([plan.buyers, plan.overloadMs]).toEqual([[8, 32], 0]);
  });

  it('can ask for more', () => {
    const { strict, rows } = readOptions(['--strict', '--rows', '1000000']);
    expect([strict, rows]).toEqual([true, 1_000_000]);
  });

  it.each([['--rows=-1'], ['--rows=1.5'], ['--rows=many'], ['--rows=99000000']])('refuse %s', (word) => {
    expect(() => readOptions([word])).toThrow('--rows must be a whole number up to 10000000.');
  });

  it('refuse a word that they do not know', () => {
    expect(() => readOptions(['--fast'])).toThrow("Unknown option '--fast'");
  });
});
