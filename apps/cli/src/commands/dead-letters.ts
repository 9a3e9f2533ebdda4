import { parseArgs } from 'node:util';
import type { INestApplicationContext } from '@nestjs/common';
import { Transactions, type Reader } from '#database';
import type { Id } from '#kernel';
import {
  DEAD_LETTER_STATUSES,
  DiscardDeadLetter,
  FindDeadLetters,
  ReplayDeadLetters,
  type DeadLetterStatus,
} from '#messaging';
import { UsageError, type Command } from '../command.js';
import { groupLine, letterLine, openedLines } from '../dead-letter-lines.js';
import { noArguments } from '../no-arguments.js';
import { operator } from '../operator.js';
import { withShop } from '../with-shop.js';

const LIST_MAX = 100;
const REASON_CHARS_MAX = 500;
/** A group may be large. */
const PATIENT = { overrides: { DATABASE_STATEMENT_TIMEOUT_MS: '60000' } };

const options = {
  queue: { type: 'string' },
  error: { type: 'string' },
  status: { type: 'string' },
  reason: { type: 'string' },
  all: { type: 'boolean' },
} as const;
type OptionName = keyof typeof options;

const actions: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = { list, show, replay, discard };

export const deadLetters: Command = {
  name: 'dead-letters',
  usage: [
    'dead-letters list',
    'dead-letters list [--queue <queue>] [--error <error>] [--status waiting|replaying|replayed|discarded]',
    'dead-letters show <id>',
    'dead-letters replay <id> | --queue <queue> [--error <error>] | --all',
    'dead-letters discard <id> --reason <why>',
  ],
  summary:
    'Messages that failed. Alone, `list` counts what waits by queue and error. A replay returns them to their own queue, where each takes ' +
    'effect once; what fails again waits here again.',
  async run([action = '', ...args]) {
    const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (chosen === undefined) throw new UsageError('dead-letters takes one of: list, show, replay, discard');
    await chosen(args);
  },
};

async function list(args: readonly string[]): Promise<void> {
  if (args.length === 0) return listGroups();
  const { values, ids } = parsed(args, ['queue', 'error', 'status']);
  noArguments(ids);
  const slice = { queue: values.queue, error: values.error, status: statusOf(values.status), count: LIST_MAX };
  const letters = await withShop((shop) => reading(shop, (db) => shop.get(FindDeadLetters).list(db, slice)));
  for (const letter of letters) console.log(letterLine(letter));
  if (letters.length === 0) console.log('There are none.');
  if (letters.length === LIST_MAX) console.error(`These are the latest ${LIST_MAX}.`);
}

async function listGroups(): Promise<void> {
  const groups = await withShop((shop) => reading(shop, (db) => shop.get(FindDeadLetters).groups(db)));
  for (const group of groups) console.log(groupLine(group));
  if (groups.length === 0) console.log('No dead letter waits.');
}

async function show(args: readonly string[]): Promise<void> {
  const id = onlyId('show', parsed(args, []).ids);
  const letter = await withShop((shop) => reading(shop, (db) => shop.get(FindDeadLetters).one(db, id)));
  console.log(openedLines(letter));
}

async function replay(args: readonly string[]): Promise<void> {
  const { values, ids } = parsed(args, ['queue', 'error', 'all']);
  const { queue, error, all = false } = values;
  const choices = [ids.length > 0, queue !== undefined, all].filter(Boolean).length;
  if (choices !== 1 || (error !== undefined && queue === undefined)) {
    throw new UsageError('dead-letters replay takes an id, or --queue (and --error), or --all');
  }
  if (ids.length > 0) return replayOne(onlyId('replay', ids));
  const count = await withShop((shop) => replayAll(shop, { queue, error }), PATIENT);
  console.log(count === 0 ? 'None of these waits.' : `${count} will be replayed by a worker.`);
}

async function replayOne(id: Id<'dead'>): Promise<void> {
  const { status } = await withShop((shop) =>
    shop.get(Transactions).run((tx) => shop.get(ReplayDeadLetters).one(tx, id, operator())),
  );
  console.log(status === 'replayed' ? `${id} was replayed before.` : `${id} will be replayed by a worker.`);
}

/** Those that wait now; not what has failed again by then. */
async function replayAll(
  shop: INestApplicationContext,
  group: { readonly queue: string | undefined; readonly error: string | undefined },
): Promise<number> {
  const waitingSince = new Date();
  for (let count = 0; ;) {
    const { replaying, remaining } = await shop
      .get(Transactions)
      .run((tx) => shop.get(ReplayDeadLetters).group(tx, { ...group, waitingSince }, operator()));
    count += replaying;
    if (remaining === 0 || replaying === 0) return count;
  }
}

async function discard(args: readonly string[]): Promise<void> {
  const { values, ids } = parsed(args, ['reason']);
  const id = onlyId('discard', ids);
  const reason = values.reason?.trim() ?? '';
  if (reason === '' || reason.length > REASON_CHARS_MAX) {
    throw new UsageError(`dead-letters discard needs --reason with 1 to ${REASON_CHARS_MAX} characters`);
  }
  const by = { id, reason, actor: operator() };
  await withShop((shop) => shop.get(Transactions).run((tx) => shop.get(DiscardDeadLetter).run(tx, by)));
  console.log(`${id} is discarded.`);
}

const reading = <T>(shop: INestApplicationContext, work: (db: Reader) => Promise<T>): Promise<T> =>
  shop.get(Transactions).read(work);

function onlyId(action: string, [id, ...more]: readonly string[]): Id<'dead'> {
  if (id === undefined || more.length > 0) {
    throw new UsageError(`dead-letters ${action} takes one id, as \`dead-letters list --status waiting\` shows it`);
  }
  return id as Id<'dead'>;
}

function statusOf(text: string | undefined): DeadLetterStatus | undefined {
  const status = DEAD_LETTER_STATUSES.find((known) => known === text);
  if (text !== undefined && status === undefined) {
    throw new UsageError(`--status takes one of: ${DEAD_LETTER_STATUSES.join(', ')}`);
  }
  return status;
}

function parsed(args: readonly string[], allowed: readonly OptionName[]) {
  try {
    const own = Object.fromEntries(allowed.map((name) => [name, options[name]])) as typeof options;
    const { values, positionals } = parseArgs({ args: [...args], options: own, strict: true, allowPositionals: true });
    return { values, ids: positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
