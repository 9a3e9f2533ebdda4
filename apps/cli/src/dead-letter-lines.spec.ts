/** @servers none */
import { describe, expect, it } from '@jest/globals';
import type { OpenedDeadLetter } from '#messaging';
import { newId } from '#kernel';
import { groupLine, letterLine, openedLines } from './dead-letter-lines.js';

/** Ends a line, looks like one of ours, colours what follows, and turns its direction. */
const HOSTILE = 'a\nstatus: replayed\u001B[31m\u202E';
const OBEYED = /[^\P{Cc}\n\t]|\p{Cf}/u;
const at = new Date('2026-01-02T03:04:05Z');

const body = Buffer.from('a\nstatus: replayed \u202E');

const letter: OpenedDeadLetter = {
  id: newId('dead'),
  queue: HOSTILE,
  status: 'waiting',
  messageId: HOSTILE,
  type: HOSTILE,
  source: HOSTILE,
  subject: HOSTILE,
  sequence: 1,
  error: HOSTILE,
  detail: HOSTILE,
  attempts: 1,
  replays: 0,
  firstFailedAt: at,
  lastFailedAt: at,
  archivedAt: at,
  changedAt: at,
  stack: HOSTILE,
  originalExchange: HOSTILE,
  originalRoutingKey: HOSTILE,
  properties: { [HOSTILE]: HOSTILE },
  body,
  bodyBytes: body.length,
  handledAt: null,
  history: [{ action: 'discard', actor: HOSTILE, note: HOSTILE, at }],
};

describe('a dead letter whose every text is hostile', () => {
  it('is one line in a list, and in a list of groups', () => {
    const group = { queue: HOSTILE, error: HOSTILE, waiting: 2, firstFailedAt: at, lastFailedAt: at, detail: HOSTILE };
    for (const line of [letterLine(letter), groupLine(group)]) {
      expect(line).not.toContain('\n');
      expect(line).not.toMatch(OBEYED);
    }
  });

  it('has one status when it is opened, and nothing that a terminal obeys', () => {
    const lines = openedLines(letter);
    expect(lines).not.toMatch(OBEYED);
    expect(lines.match(/^\s?status: /gm)).toHaveLength(1);
    expect(lines).toContain(`body (${body.length} bytes): a\n    status: replayed `);
  });

  it('has its body in base64 where that is no text', () => {
    const red = Buffer.from('\u001B[31m');
    const lines = openedLines({ ...letter, body: red, bodyBytes: 5 });
    expect(lines).toContain(`body (5 bytes): ${red.toString('base64')}`);
  });
});
