import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { Config, ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import { LockingModule } from '#locking';
import { ObservabilityModule } from '#observability';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { Command, ExternalCommand, singleCommand, type Opening, type Outcome } from './command.js';
import type { CommandOptions } from './command-request.js';
import { CommandRunner } from './command-runner.js';
import { CommandsModule } from './commands.module.js';
import type { IdempotencyKey } from './idempotency/idempotency-key.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import type { StoredResult } from './idempotency/stored-result.js';
import { LockDomain, type LockRequest } from './lock-domain.js';

class Refused extends DomainError {
  readonly code = 'refused';
}

const things = new LockDomain('thing', { ttlMs: 2_000, waitMs: 2_000, onUnavailable: 'fail-closed' });
const shelves = new LockDomain('shelf', { ttlMs: 2_000, waitMs: 2_000, onUnavailable: 'fail-closed' });

interface Note {
  readonly text: string;
  /** Returned: the transaction goes on. Thrown: it is rolled back. */
  readonly refusal?: 'returned' | 'thrown';
}

const insert = (tx: Tx, text: string) => tx.query('INSERT INTO notes VALUES ($1)', [text]);

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
        await insert(tx, text);
        if (refusal === 'thrown') throw new Refused('No.');
        outcomes.push({ result: text });
      }
    }
    return outcomes;
  }
}

const stored = (body: unknown): StoredResult => ({ status: 200, headers: {}, body });
const keyOf = (key: string): IdempotencyKey => ({ scope: 'spec', key, route: 'POST /notes', requestHash: 'h' });
const options = (key?: IdempotencyKey): CommandOptions<string> => ({
  key,
  respond: (result) => stored(result),
  refuse: ({ code }) => ({ ...stored(code), status: 409 }),
});

let database: TestDatabase;
let nest: TestingModule;
let runner: CommandRunner;
let store: IdempotencyStore;
let transactions: Transactions;

beforeAll(async () => {
  database = await createTestDatabase([CommandsModule.schema]);
  const config = loadConfig({ ...process.env, LOCK_DRIVER: 'memory', DATABASE_URL: database.url });
  const imports = [
    ConfigModule.forRoot(config),
    ObservabilityModule,
    DatabaseModule.forRoot('spec', [CommandsModule.schema]),
    LockingModule.forRoot({ order: ['thing', 'shelf'] }),
    CommandsModule,
  ];
  nest = await Test.createTestingModule({ imports }).compile();
  [runner, store, transactions] = [nest.get(CommandRunner), nest.get(IdempotencyStore), nest.get(Transactions)];
  await transactions.run((tx) => tx.query('CREATE TABLE notes (text text)'));
});
afterAll(async () => {
  await nest?.close();
  await database?.drop();
});

const notes = async (texts: readonly string[]) =>
  (
    await transactions.read((db) =>
      db.query<{ text: string }>('SELECT text FROM notes WHERE text = ANY ($1) ORDER BY text', [texts]),
    )
  ).rows.map(({ text }) => text);

describe('requests that share a transaction', () => {
  it('are one list for the command and for its shared lock; a refused one leaves the others alone', async () => {
    const command = new WriteNotes();
    const [earlier, fresh, refused] = [keyOf('earlier'), keyOf('fresh'), keyOf('refused')];
    await runner.run(command, { text: 'a' }, options(earlier));
    const outcomes = await runner.together(command, [
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
    expect(await notes(['a', 'b', 'c', 'd', 'x'])).toEqual(['a', 'b', 'd']);
    expect(await runner.run(command, { text: 'c' }, options(refused))).toEqual({
      result: { ...stored('refused'), status: 409 },
      replayed: true,
    });
  });

  it('run alone where one of them makes the transaction fail', async () => {
    const command = new WriteNotes();
    const outcomes = await runner.together(command, [
      { ...options(keyOf('e')), request: { text: 'e' } },
      { ...options(keyOf('f')), request: { text: 'f', refusal: 'thrown' } },
      { ...options(keyOf('g')), request: { text: 'g' } },
    ]);
    expect(command.lists).toEqual([['e', 'f', 'g'], ['e'], ['f'], ['g']]);
    expect(outcomes).toMatchObject([{ result: stored('e') }, { error: { code: 'refused' } }, { result: stored('g') }]);
    expect(await notes(['e', 'f', 'g'])).toEqual(['e', 'g']);
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
    await Promise.all([1, 2, 3].map(() => runner.run(command, { text: 'locked' }, options())));
    expect(seen).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  });

  it('that is refused keeps its refusal: with its transaction when it is returned, without when it is thrown', async () => {
    const command = new WriteNotes();
    for (const refusal of ['returned', 'thrown'] as const) {
      const request = { text: refusal, refusal };
      await expect(runner.run(command, request, options(keyOf(refusal)))).rejects.toThrow(Refused);
      const again = await runner.run(command, request, options(keyOf(refusal)));
      expect(again).toEqual({ result: { ...stored('refused'), status: 409 }, replayed: true });
    }
    expect(command.lists).toEqual([['returned'], ['thrown']]);
    expect(await notes(['returned', 'thrown'])).toEqual([]);
  });

  it('finds the result that another process has stored meanwhile', async () => {
    const elsewhere = new Transactions(nest.get(DataSource), nest.get(Config));
    const key = keyOf('raced');
    const store_ = { key, result: stored('other') };
    for (const end of ['resolves', 'refuses']) {
      let runs = 0;
      const raced = { ...store_, key: { ...key, key: `raced ${end}` } };
      const command = singleCommand(async () => {
        runs += 1;
        await elsewhere.run((tx) => store.store(tx, [raced]));
        if (end === 'refuses') throw new Refused('late');
        return 'this';
      });
      const found = await runner.run(command, undefined, options(raced.key));
      expect([runs, found]).toEqual([1, { result: stored('other'), replayed: true }]);
    }
  });
});

/** Asks the outside world, which answers what the test says. */
class Ask extends ExternalCommand<string, string, string, string> {
  readonly calls: string[] = [];

  constructor(private readonly world: () => Promise<string>) {
    super();
  }

  override newResource(request: string): string {
    return `resource of ${request}`;
  }

  override async open(tx: Tx, openings: readonly Opening<string>[]): Promise<readonly Outcome<string>[]> {
    for (const { request } of openings) await insert(tx, `opened ${request}`);
    return openings.map(({ request }) => (request === 'refused' ? { error: new Refused('No.') } : { result: 'new' }));
  }

  override async resume(): Promise<string> {
    return 'resumed';
  }

  override call(opened: string, { resource }: Opening<string>): Promise<string> {
    this.calls.push(`${opened} ${resource}`);
    return this.world();
  }

  override async finish(_tx: Tx, closings: readonly { called: string }[]): Promise<readonly Outcome<string>[]> {
    return closings.map(({ called }) => ({ result: called }));
  }
}

describe('a command that calls the outside world', () => {
  it('is not called for a request that its first transaction refuses', async () => {
    const ask = new Ask(async () => 'yes');
    await expect(runner.run(ask, 'refused', options(keyOf('ask refused')))).rejects.toThrow(Refused);
    const again = await runner.run(ask, 'refused', options(keyOf('ask refused')));
    expect([again.replayed, ask.calls]).toEqual([true, []]);
  });

  it('can be asked again under the same key when the call was refused for a while', async () => {
    let answer = (): Promise<string> => Promise.reject(new Refused('Later.'));
    const ask = new Ask(() => answer());
    const passing = { ...options(keyOf('ask later')), refuse: () => undefined };
    await expect(runner.run(ask, 'later', passing)).rejects.toThrow(Refused);
    answer = async () => 'yes';
    expect(await runner.run(ask, 'later', passing)).toEqual({ result: stored('yes'), replayed: false });
    expect(ask.calls).toEqual(['new resource of later', 'new resource of later']);
  });

  it('goes on with the same resource when its process died during the call', async () => {
    const key = keyOf('ask died');
    const dead = new Ask(() => Promise.reject(new Error('the process died')));
    await expect(runner.run(dead, 'died', options(key))).rejects.toThrow('the process died');
    await expect(runner.run(dead, 'died', options(key))).rejects.toMatchObject({ code: 'request_in_flight' });
    await transactions.run((tx) =>
      tx.query(
        `UPDATE commands.idempotency_keys SET claimed_at = now() - interval '31 s' WHERE resource = 'resource of died'`,
      ),
    );
    const next = new Ask(async () => 'yes');
    expect(await runner.run(next, 'died', options(key))).toEqual({ result: stored('yes'), replayed: false });
    expect([dead.calls, next.calls]).toEqual([['new resource of died'], ['resumed resource of died']]);
  });
});
