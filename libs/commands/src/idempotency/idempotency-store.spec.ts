import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions } from '#database';
import { createTestDatabase, type TestDatabase } from '../../../../test/support/test-database.js';
import { CommandsModule } from '../commands.module.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { IdempotencyPurge } from './idempotency-purge.js';
import { IdempotencyStore } from './idempotency-store.js';
import type { StoredResult } from './stored-result.js';

let database: TestDatabase;
let nest: TestingModule;
let transactions: Transactions;
const store = new IdempotencyStore();

beforeAll(async () => {
  database = await createTestDatabase([CommandsModule.schema]);
  const imports = [
    ConfigModule.forRoot(loadConfig({ ...process.env, DATABASE_URL: database.url })),
    DatabaseModule.forRoot('spec', [CommandsModule.schema]),
  ];
  nest = await Test.createTestingModule({ imports }).compile();
  transactions = nest.get(Transactions);
});
afterAll(async () => {
  await nest?.close();
  await database?.drop();
});

const keyOf = (key: string): IdempotencyKey => ({ scope: 'batch', key, route: 'POST /v1/orders', requestHash: 'h' });
const resultOf = (n: number): StoredResult => ({ status: 200, headers: {}, body: { n } });
const stateOf = async (key: IdempotencyKey) => (await transactions.run((tx) => store.reserve(tx, [key])))[0];

describe('the store', () => {
  it('decides and stores a whole batch, each member for itself', async () => {
    const [a, b, c] = [keyOf('a'), keyOf('b'), keyOf('c')];
    await transactions.run((tx) => store.store(tx, [{ key: a, result: resultOf(1) }]));
    await transactions.run(async (tx) => {
      const states = await store.reserve(tx, [b, a, { ...a, requestHash: 'other' }, b, c]);
      expect(states.map(({ kind }) => kind)).toEqual(['new', 'replay', 'refused', 'refused', 'new']);
      expect(states.map((state) => (state.kind === 'refused' ? state.error.code : undefined))).toEqual([
        undefined,
        undefined,
        'idempotency_key_reused',
        'request_in_flight',
        undefined,
      ]);
      const stored = await store.store(
        tx,
        [b, a, c].map((key) => ({ key, result: resultOf(2) })),
      );
      expect(stored).toEqual([true, false, true]);
    });
    expect(await transactions.run((tx) => store.reserve(tx, []))).toEqual([]);
  });

  it('lets only the work that holds the key now finish or give it back', async () => {
    const key = keyOf('taken over');
    const finish = (resource: string, n: number) =>
      transactions.run((tx) => store.finish(tx, [{ key, resource, result: resultOf(n) }]));
    await transactions.run((tx) => store.open(tx, [{ key, resource: 'second' }]));
    await transactions.run((tx) => store.giveBack(tx, [{ key, resource: 'first' }]));
    await finish('first', 1);
    expect(await stateOf(key)).toMatchObject({ kind: 'refused' });
    await finish('second', 2);
    expect(await stateOf(key)).toMatchObject({ kind: 'replay', result: { body: { n: 2 } } });
  });

  it('lets one process take over what got stuck, also when another decided so on an older snapshot', async () => {
    const key = keyOf('stuck');
    await transactions.run((tx) => store.open(tx, [{ key, resource: 'stuck' }]));
    await transactions.run((tx) =>
      tx.query(`UPDATE commands.idempotency_keys SET claimed_at = now() - interval '31 s' WHERE resource = 'stuck'`),
    );
    expect(await stateOf(key)).toEqual({ kind: 'resume', resource: 'stuck' });
    const both = await Promise.all([1, 2].map(() => transactions.run((tx) => store.takeOver(tx, [key]))));
    expect(both.flat().filter(Boolean)).toHaveLength(1);
  });

  it('deletes keys that are older than 72 hours and nothing else', async () => {
    const keys = [keyOf('old'), keyOf('young')];
    await transactions.run((tx) =>
      store.store(
        tx,
        keys.map((key) => ({ key, result: resultOf(1) })),
      ),
    );
    await transactions.run(async (tx) => {
      await tx.query(`UPDATE commands.idempotency_keys SET created_at = now() - interval '71 hours'`);
      await tx.query(
        `UPDATE commands.idempotency_keys SET created_at = now() - interval '73 hours'
          WHERE id = (SELECT id FROM commands.idempotency_keys ORDER BY id LIMIT 1)`,
      );
    });
    const purge = new IdempotencyPurge(transactions);
    expect([await purge.run(), await purge.run()]).toEqual([1, 0]);
  });
});
