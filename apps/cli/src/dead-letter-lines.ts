import type { DeadLetter, DeadLetterGroup, OpenedDeadLetter } from '#messaging';
import { column, indented, oneLine } from './terminal-text.js';

const DETAIL_CHARS_MAX = 120;

/** Dead letters for people: one line each, their columns two spaces apart. */
export function groupLine({ waiting, queue, error, firstFailedAt, detail }: DeadLetterGroup): string {
  return columns(String(waiting).padStart(6), [`since ${firstFailedAt.toISOString()}`, queue, error], detail);
}

export function letterLine({ id, status, lastFailedAt, queue, error, subject, detail }: DeadLetter): string {
  return columns(id, [status, lastFailedAt.toISOString(), queue, error, subject ?? '-'], detail);
}

export function openedLines(letter: OpenedDeadLetter): string {
  const { body, bodyBytes, stack, properties, history, ...facts } = letter;
  return [
    ...Object.entries(facts).map(([name, value]) => `${name}: ${text(value)}`),
    ...history.map(({ at, action, actor, note }) =>
      oneLine(
        ['history:', at.toISOString(), action, ...(actor === null ? [] : ['by', actor]), note ?? '']
          .join(' ')
          .trimEnd(),
      ),
    ),
    `properties: ${indented(JSON.stringify(properties, null, 2))}`,
    `stack: ${indented(stack)}`,
    `body (${bodyBytes} bytes${body.length < bodyBytes ? `, its first ${body.length}` : ''}): ${printable(body)}`,
  ].join('\n');
}

function columns(key: string, others: readonly string[], detail: string): string {
  const short = detail.length > DETAIL_CHARS_MAX ? `${detail.slice(0, DETAIL_CHARS_MAX - 1)}…` : detail;
  return [key, ...[...others, short].map(column)].join('  ');
}

function text(value: string | number | Date | null): string {
  return value instanceof Date ? value.toISOString() : oneLine(String(value ?? '-'));
}

/** As text where it is some. */
function printable(body: Buffer): string {
  const decoded = body.toString('utf8');
  return /[^\P{Cc}\r\n\t]|\uFFFD/u.test(decoded) ? body.toString('base64') : indented(decoded);
}
