import { describe, expect, it } from '@jest/globals';
import { column, indented, oneLine } from './terminal-text.js';

describe('text from anywhere', () => {
  it.each([
    ['a\n\u001B[31mred', String.raw`a\n\u001b[31mred`],
    ['over\rwritten', String.raw`over\rwritten`],
    ['\u009B2J', String.raw`\u009b2J`],
    ['\u007F\u0000', String.raw`\u007f\u0000`],
    ['right\u202Eto left\u2066', String.raw`right\u202eto left\u2066`],
    ['un\u200Bseen \u{E0041}', String.raw`un\u200bseen \udb40\udc41`],
    ['two\u2028lines\u0085', String.raw`two\u2028lines\u0085`],
    ['half \uD800 a pair', String.raw`half \ud800 a pair`],
    ['Ж 語 é 😀 "\\"', 'Ж 語 é 😀 "\\"'],
  ])('%j is one line without anything that a terminal obeys', (text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  it('stays valid JSON where it was', () => {
    const row = { label: '\u009B2J \u202E \u{E0041} "\n' };
    expect(JSON.parse(oneLine(JSON.stringify(row)))).toEqual(row);
  });

  it('does not look like two columns of a table', () => {
    expect(column('paid   \u00A0\u3000 order\tx')).toBe(String.raw`paid order\tx`);
  });

  it('keeps its lines and tabs where it may have several, and none of them begins where a line of ours does', () => {
    expect(indented('Error: no\r\n\tat one\nstatus: replayed\u001B[A')).toBe(
      `Error: no\n    \tat one\n    status: replayed${String.raw`\u001b`}[A`,
    );
  });
});
