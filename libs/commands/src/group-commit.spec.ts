import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Tx } from '#database';
import { Locks } from '#locking';
import { currentTrace, newTrace, runInTrace, traceOf } from '#observability';
import { Command, type Outcome } from './command.js';
import { CommandSandbox, insertNote, keyOf, options, Refused, stored } from './command-sandbox.suite.js';
import { LockDomain } from './lock-domain.js';

const things = new LockDomain('thing', { ttlMs: 5_000, waitMs: 20_000, onUnavailable: 'fail-closed' });

interface Note {
  readonly text: string;
  readonly thing?: string;
  readonly fails?: boolean;
  readonly isRefused?: boolean;
}

/** Writes notes in batches. The first list waits until the test lets it go, so that the next one gathers. */
class WriteNotes extends Command<Note, string> {
  override readonly batchMax: number = 20;
  readonly lists: string[][] = [];
  readonly traces: (string | undefined)[] = [];
  private readonly first = gate();

  override lock({ thing }: Note) {
    return thing === undefined ? things.lock() : things.lock(thing);
  }

  override async run(tx: Tx, requests: readonly Note[]): Promise<readonly Outcome<string>[]> {
    this.lists.push(requests.map(({ text }) => text));
    this.traces.push(...requests.map((request) => traceOf(request)?.traceId));
    if (this.lists.length === 1) await this.first.opened;
    const outcomes: Outcome<string>[] = [];
    for (const { text, fails, isRefused } of requests) {
      if (fails) throw new Error(`${text} fails`);
      if (isRefused) outcomes.push({ error: new Refused('No.') });
      else {
        await insertNote(tx, text);
        outcomes.push({ result: text });
      }
    }
    return outcomes;
  }

  open(): void {
    this.first.open();
  }
}

function gate() {
  const controller = new AbortController();
  return { open: () => controller.abort(), opened: once(controller.signal, 'abort') };
}

let sandbox: CommandSandbox;
beforeAll(async () => {
  sandbox = await CommandSandbox.open({ order: [things.name] }, { COMMAND_QUEUE_MAX: '30' });
});
afterAll(() => sandbox?.close());

const send = (command: WriteNotes, note: Note, key?: string) =>
  sandbox.runner.run(command, note, options(key === undefined ? undefined : keyOf(key)));

/** Sends the first, and the others once it runs. */
async function sendBehind(command: WriteNotes, notes: readonly Note[]) {
  const first = send(command, { text: 'first' });
  while (command.lists.length === 0) await new Promise(setImmediate);
  const others = notes.map((note) => send(command, note));
  return { first, others };
}

const numbered = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, n) => ({ text: `${prefix}${n}` }));

describe('requests that arrive while a transaction runs', () => {
  it('share the next one in the order of their arrival, as many as fit, and each gets its own answer', async () => {
    const command = new WriteNotes();
    const notes = numbered(25, 'together');
    const { first, others } = await sendBehind(command, notes);
    command.open();
    const texts = notes.map(({ text }) => text);
    expect((await Promise.all([first, ...others])).map(({ result }) => result)).toEqual(
      ['first', ...texts].map((text) => stored(text)),
    );
    expect(command.lists).toEqual([['first'], texts.slice(0, 20), texts.slice(20)]);
  });

  it('do not suffer from one that is refused, nor from one that fails', async () => {
    const command = new WriteNotes();
    const { first, others } = await sendBehind(command, [
      { text: 'a' },
      { text: 'refused', isRefused: true },
      { text: 'broken', fails: true },
      { text: 'b' },
    ]);
    command.open();
    const ended = await Promise.allSettled([first, ...others]);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(ended[2]).toMatchObject({ reason: { code: 'refused' } });
    expect(ended[3]).toMatchObject({ reason: { message: 'broken fails' } });
    expect(command.lists.slice(1)).toEqual([['a', 'refused', 'broken', 'b'], ['a'], ['refused'], ['broken'], ['b']]);
    expect(await sandbox.notes(['a', 'b', 'refused', 'broken'])).toEqual(['a', 'b']);
  });

  it('keep the meaning of their keys: a second one with a key that is at work is in flight, later it gets the first one’s answer', async () => {
    const command = new WriteNotes();
    const first = send(command, { text: 'keyed' }, 'one');
    await expect(send(command, { text: 'keyed' }, 'one')).rejects.toMatchObject({ code: 'request_in_flight' });
    command.open();
    expect(await first).toEqual({ result: stored('keyed'), replayed: false });
    expect(await send(command, { text: 'keyed' }, 'one')).toEqual({ result: stored('keyed'), replayed: true });
    await expect(
      sandbox.runner.run(command, { text: 'other' }, options({ ...keyOf('one'), requestHash: 'other' })),
    ).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    expect(command.lists).toEqual([['keyed']]);
  });

  it('are refused at once where too many wait, and those that wait are served', async () => {
    const command = new WriteNotes();
    const { first, others } = await sendBehind(command, numbered(31, 'many'));
    await expect(others[30]).rejects.toMatchObject({ code: 'database_busy' });
    command.open();
    await Promise.all([first, ...others.slice(0, 30)]);
    expect(command.lists.map((list) => list.length)).toEqual([1, 20, 10]);
  });

  it('each keep the trace in which they came', async () => {
    const command = new WriteNotes();
    const traces = numbered(3, 'traced').map((note) => ({ note, trace: newTrace() }));
    const sent = traces.map(({ note, trace }) => runInTrace(trace, () => send(command, note)));
    command.open();
    await Promise.all(sent);
    expect(command.traces).toEqual(traces.map(({ trace }) => trace.traceId));
    expect(currentTrace()).toBeUndefined();
  });
});

describe('a batch with a lock for each request', () => {
  it('does not wait for one that is busy: its request comes when the lock is free', async () => {
    const command = new WriteNotes();
    const release = gate();
    const held = sandbox.get<Locks>(Locks);
    const holding = held.using(
      'thing:busy',
      { ttlMs: 5_000, waitMs: 0, onUnavailable: 'fail-closed' },
      () => release.opened,
    );
    const { first, others } = await sendBehind(command, [
      { text: 'free', thing: 'free' },
      { text: 'waits', thing: 'busy' },
      { text: 'none' },
    ]);
    command.open();
    await Promise.all([first, others[0], others[2]]);
    expect(command.lists).toEqual([['first'], ['free', 'none']]);
    release.open();
    await holding;
    expect(await others[1]).toMatchObject({ result: stored('waits') });
    expect(command.lists.at(-1)).toEqual(['waits']);
  });

  it('asks once for a key that several requests need, and decides them one after the other', async () => {
    const command = new WriteNotes();
    const { first, others } = await sendBehind(command, [
      { text: 'c', thing: 'same' },
      { text: 'd', thing: 'same' },
    ]);
    command.open();
    await Promise.all([first, ...others]);
    expect(command.lists).toEqual([['first'], ['c', 'd']]);
  });
});

it('a batch size of 1 gives each request a transaction of its own', async () => {
  const alone = await CommandSandbox.open({ order: [things.name] }, { COMMAND_BATCH_MAX: '1' });
  try {
    const command = new WriteNotes();
    command.open();
    const notes = numbered(5, 'alone');
    await Promise.all(notes.map((note) => alone.runner.run(command, note, options())));
    expect(command.lists.map((list) => list.length)).toEqual([1, 1, 1, 1, 1]);
  } finally {
    await alone.close();
  }
});
