import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Config } from '#config';
import { Transactions, type Tx } from '#database';
import { Command, singleCommand, type Outcome } from './command.js';
import { CommandSandbox, insertNote, keyOf, options, Refused, stored } from './command-sandbox.suite.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { LockDomain, type LockRequest } from './lock-domain.js';

const things = new LockDomain('thing', { ttlMs: 2_000, waitMs: 2_000, onUnavailable: 'fail-closed' });
const shelves = new LockDomain('shelf', { ttlMs: 2_000, waitMs: 2_000, onUnavailable: 'fail-closed' });

interface Note {
  readonly text: string;
  /** Returned: the transaction goes on. Thrown: it is rolled back. */
  readonly refusal?: 'returned' | 'thrown';
}

/** Writes notes, and remembers the lists that it was given. */
class WriteNotes extends Command<Note, string> {
  readonly lists: string[][] = [];
  readonly lockedFor: string[][] = [];

  override lock({ text }: Note): LockRequest {
    return things.lock(text);
  }

  override async sharedLock(_db: unknown, requests: readonly Note[]): Promise<LockRequest> {
    this.lockedFor.push(requests.map(({ text }) => text));
    return shelves.lock(...requests.map(({ text }) => text));
  }

  override async run(tx: Tx, requests: readonly Note[]): Promise<readonly Outcome<string>[]> {
    this.lists.push(requests.map(({ text }) => text));
    const outcomes: Outcome<string>[] = [];
    for (const { text, refusal } of requests) {
      if (refusal === 'returned') outcomes.push({ error: new Refused('No.') });
      else {
        await insertNote(tx, text);
        if (refusal === 'thrown') throw new Refused('No.');
        outcomes.push({ result: text });
      }
    }
    return outcomes;
  }
}

let sandbox: CommandSandbox;
beforeAll(async () => {
  sandbox = await CommandSandbox.open({ order: [things.name, shelves.name] });
});
afterAll(() => sandbox?.close());

describe('requests that share a transaction', () => {
  it('are one list for the command and for its shared lock; a refused one leaves the others alone', async () => {
    const command = new WriteNotes();
    const [earlier, fresh, refused] = [keyOf('earlier'), keyOf('fresh'), keyOf('refused')];
    await sandbox.runner.run(command, { text: 'a' }, options(earlier));
    const outcomes = await sandbox.lists.run(command, [
      { ...options(fresh), request: { text: 'b' } },
      { ...options(earlier), request: { text: 'a' } },
      { ...options({ ...earlier, requestHash: 'other' }), request: { text: 'x' } },
      { ...options(refused), request: { text: 'c', refusal: 'returned' } },
      { ...options(fresh), request: { text: 'b' } },
      { ...options(), request: { text: 'd' } },
    ]);
    expect(command.lists).toEqual([['a'], ['b', 'c', 'd']]);
    expect(command.lockedFor.at(-1)).toEqual(['b', 'a', 'x', 'c', 'b', 'd']);
    expect(outcomes).toMatchObject([
      { result: stored('b'), replayed: false },
      { result: stored('a'), replayed: true },
      { error: { code: 'idempotency_key_reused' } },
      { error: { code: 'refused' } },
      { error: { code: 'request_in_flight' } },
      { result: stored('d'), replayed: false },
    ]);
    expect(await sandbox.notes(['a', 'b', 'c', 'd', 'x'])).toEqual(['a', 'b', 'd']);
    expect(await sandbox.runner.run(command, { text: 'c' }, options(refused))).toEqual({
      result: { ...stored('refused'), status: 409 },
      replayed: true,
    });
  });

  it('run alone where one of them makes the transaction fail', async () => {
    const command = new WriteNotes();
    const outcomes = await sandbox.lists.run(command, [
      { ...options(keyOf('e')), request: { text: 'e' } },
      { ...options(keyOf('f')), request: { text: 'f', refusal: 'thrown' } },
      { ...options(keyOf('g')), request: { text: 'g' } },
    ]);
    expect(command.lists).toEqual([['e', 'f', 'g'], ['e'], ['f'], ['g']]);
    expect(outcomes).toMatchObject([{ result: stored('e') }, { error: { code: 'refused' } }, { result: stored('g') }]);
    expect(await sandbox.notes(['e', 'f', 'g'])).toEqual(['e', 'g']);
  });
});

describe('one request', () => {
  it('waits for others that hold the lock of the same thing', async () => {
    const seen: string[] = [];
    const command = new (class extends WriteNotes {
      override async run(tx: Tx, requests: readonly Note[]): Promise<readonly Outcome<string>[]> {
        seen.push('in');
        const outcomes = await super.run(tx, requests);
        await tx.query('SELECT pg_sleep(0.05)');
        seen.push('out');
        return outcomes;
      }
    })();
    await Promise.all([1, 2, 3].map(() => sandbox.runner.run(command, { text: 'locked' }, options())));
    expect(seen).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  });

  it('that is refused keeps its refusal: with its transaction when it is returned, without when it is thrown', async () => {
    const command = new WriteNotes();
    for (const refusal of ['returned', 'thrown'] as const) {
      const request = { text: refusal, refusal };
      await expect(sandbox.runner.run(command, request, options(keyOf(refusal)))).rejects.toThrow(Refused);
      const again = await sandbox.runner.run(command, request, options(keyOf(refusal)));
      expect(again).toEqual({ result: { ...stored('refused'), status: 409 }, replayed: true });
    }
    expect(command.lists).toEqual([['returned'], ['thrown']]);
    expect(await sandbox.notes(['returned', 'thrown'])).toEqual([]);
  });

  it('finds the result that another process has stored meanwhile', async () => {
    const elsewhere = new Transactions(sandbox.get(DataSource), sandbox.get(Config));
    for (const end of ['resolves', 'refuses']) {
      let runs = 0;
      const raced = { key: keyOf(`raced ${end}`), result: stored('other') };
      const command = singleCommand(async () => {
        runs += 1;
        await elsewhere.run((tx) => sandbox.get(IdempotencyStore).store(tx, [raced]));
        if (end === 'refuses') throw new Refused('late');
        return 'this';
      });
      const found = await sandbox.runner.run(command, undefined, options(raced.key));
      expect([runs, found]).toEqual([1, { result: stored('other'), replayed: true }]);
    }
  });
});
