import { parseArgs } from 'node:util';
import { listAudit, type AuditEntry } from '#audit';
import { Transactions } from '#database';
import { UsageError, type Command } from '../command.js';
import { oneLine } from '../terminal-text.js';
import { withShop } from '../with-shop.js';

const LIST_MAX = 1_000;
const LIST_DEFAULT = 100;

export const audit: Command = {
  name: 'audit',
  usage: ['audit [--subject <type>|<type>:<id>] [--actor <actor>] [--limit <number>]'],
  summary: `Who changed what, the latest first; ${LIST_DEFAULT} entries unless --limit says otherwise (1 to ${LIST_MAX}).`,
  async run(args) {
    const { subject, actor, limit } = parsed(args);
    const slice = { subject, actor, count: countOf(limit) };
    const entries = await withShop((shop) => shop.get(Transactions).read((db) => listAudit(db, slice)));
    for (const entry of entries) console.log(lineOf(entry));
    if (entries.length === 0) console.log('No matching audit entries.');
    if (entries.length === slice.count) console.error(`These are the latest ${slice.count}.`);
  },
};

function countOf(limit: string | undefined): number {
  const count = Number(limit ?? LIST_DEFAULT);
  if (Number.isInteger(count) && count >= 1 && count <= LIST_MAX) return count;
  throw new UsageError(`--limit takes a whole number from 1 to ${LIST_MAX}`);
}

function lineOf({ at, actor, action, subjectType, subjectId, before, after, reason, traceId }: AuditEntry): string {
  const facts = [`before=${quoted(before)}`, `after=${quoted(after)}`, `reason=${quoted(reason)}`, `trace=${traceId}`];
  return [at.toISOString(), quoted(actor), action, quoted(`${subjectType}:${subjectId}`), ...facts].join('  ');
}

const quoted = (value: unknown): string => oneLine(JSON.stringify(value));

function parsed(args: readonly string[]) {
  try {
    const options = { subject: { type: 'string' }, actor: { type: 'string' }, limit: { type: 'string' } } as const;
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
