/**
 * Characters that a terminal obeys, that end a line, that change the direction of what stands around them, or that nobody sees. They could
 * make a received text look like something else.
 */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text from anywhere, on one line: what a terminal must not get stands there as JSON writes it. Valid JSON stays valid. */
export function oneLine(text: string): string {
  return text.replaceAll(NOT_SHOWN, (character) => SHORT[character] ?? escaped(character));
}

/** A column of a table whose columns stand two spaces apart: it cannot look like several. */
export function column(text: string): string {
  return oneLine(text).replaceAll(/\p{Zs}{2,}/gu, ' ');
}

/** Text that may have several lines. All but its first are indented, so none of them looks like a line of ours. */
export function indented(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(oneLine).join('\t'))
    .join('\n    ');
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => String.raw`\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
