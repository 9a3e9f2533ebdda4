import type { DeadLetter, DeadLetterGroup, OpenedDeadLetter } from '#messaging';

/** Dead letters for people: one line each, their columns two spaces apart. */
export function groupLine({ waiting, queue, error, firstFailedAt, detail }: DeadLetterGroup): string {
  return [String(waiting).padStart(6), `since ${firstFailedAt.toISOString()}`, queue, error, oneLine(detail)].join(
    '  ',
  );
}

export function letterLine({ id, status, lastFailedAt, queue, error, subject, detail }: DeadLetter): string {
  return [id, status, lastFailedAt.toISOString(), queue, error, subject ?? '-', oneLine(detail)].join('  ');
}

export function openedLines(letter: OpenedDeadLetter): string {
  const { body, bodyBytes, stack, properties, history, ...facts } = letter;
  return [
    ...Object.entries(facts).map(([name, value]) => `${name}: ${text(value)}`),
    ...history.map(({ at, action, actor, note }) =>
      ['history:', at.toISOString(), action, ...(actor === null ? [] : ['by', actor]), note ?? ''].join(' ').trimEnd(),
    ),
    `properties: ${JSON.stringify(properties, null, 2)}`,
    `stack: ${harmless(stack)}`,
    `body (${bodyBytes} bytes${body.length < bodyBytes ? `, its first ${body.length}` : ''}): ${printable(body)}`,
  ].join('\n');
}

function text(value: string | number | Date | null): string {
  return value instanceof Date ? value.toISOString() : harmless(String(value ?? '-'));
}

function oneLine(long: string): string {
  const line = long.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

/** A terminal must not obey what somebody has sent. */
function harmless(received: string): string {
  return received.replaceAll(/[^\P{Cc}\n\t]/gu, '\uFFFD');
}

/** As text where it is some. */
function printable(body: Buffer): string {
  const decoded = body.toString('utf8');
  return harmless(decoded).includes('\uFFFD') ? body.toString('base64') : decoded;
}
