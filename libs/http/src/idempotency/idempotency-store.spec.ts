import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Config } from '#config';
import { Transactions, type Tx } from '#database';
import { HttpSandbox } from '../../../../test/support/http-sandbox.js';
import { HttpResult, IdempotencyStore, IdempotentRequests, type IdempotencyKey } from '../index.js';
import { CartEmpty } from './effects.suite.js';
import { IdempotencyPurge } from './idempotency-purge.js';

let sandbox: HttpSandbox;
beforeAll(async () => {
  sandbox = await HttpSandbox.open([]);
});
afterAll(() => sandbox.close());

const keyOf = (key: string): IdempotencyKey => ({ scope: 'batch', key, route: 'POST /v1/orders', requestHash: 'h' });

const note = (tx: Tx, text: string) => tx.query('INSERT INTO notes VALUES ($1)', [text]);

describe('the store', () => {
  it('decides and keeps a whole batch, each member for itself', async () => {
    const store = sandbox.get(IdempotencyStore);
    const transactions = sandbox.get(Transactions);
    const [a, b, c] = [keyOf('a'), keyOf('b'), keyOf('c')];
    await transactions.run((tx) => store.store(tx, [{ key: a, answer: HttpResult.ok({ n: 1 }) }]));
    await transactions.run(async (tx) => {
      const claims = await store.claim(tx, [b, a, { ...a, requestHash: 'other' }, b, c]);
      expect(claims.map(({ kind }) => kind)).toEqual(['new', 'replay', 'refused', 'refused', 'new']);
      expect(claims.map((claim) => (claim.kind === 'refused' ? claim.error.code : undefined))).toEqual([
        undefined,
        undefined,
        'idempotency_key_reused',
        'request_in_flight',
        undefined,
      ]);
      const stored = await store.store(
        tx,
        [b, a, c].map((key) => ({ key, answer: HttpResult.ok({}) })),
      );
      expect(stored).toEqual([true, false, true]);
    });
    expect(await transactions.run((tx) => store.claim(tx, []))).toEqual([]);
  });

  it('runs the work again to find the answer that another transaction stored meanwhile', async () => {
    const store = sandbox.get(IdempotencyStore);
    const elsewhere = new Transactions(sandbox.get(DataSource), sandbox.get(Config));
    const key = keyOf('raced');
    let runs = 0;
    const answer = await sandbox.get(IdempotentRequests).run(key, async () => {
      runs += 1;
      await elsewhere.run((tx) => store.store(tx, [{ key, answer: HttpResult.ok({ winner: 'other' }) }]));
      return HttpResult.ok({ winner: 'this' });
    });
    expect([runs, answer.body, answer.headers]).toEqual([1, { winner: 'other' }, { 'idempotent-replayed': 'true' }]);
    const refused = await sandbox.get(IdempotentRequests).settle(key, new CartEmpty('late'));
    expect(refused.body).toEqual({ winner: 'other' });
  });

  it('lets only the work that holds the key now finish or give it back', async () => {
    const [store, transactions] = [sandbox.get(IdempotencyStore), sandbox.get(Transactions)];
    const requests = sandbox.get(IdempotentRequests);
    const key = keyOf('taken over');
    const finish = (resource: string, n: number) =>
      transactions.run((tx) => requests.complete(tx, key, { resource, outcome: HttpResult.ok({ n }) }));
    await transactions.run((tx) => store.open(tx, key, 'second'));
    await transactions.run((tx) => store.giveBack(tx, key, 'first'));
    await finish('first', 1);
    expect(await transactions.run((tx) => store.claim(tx, [key]))).toMatchObject([{ kind: 'refused' }]);
    await finish('second', 2);
    const [claim] = await transactions.run((tx) => store.claim(tx, [key]));
    expect(claim).toMatchObject({ kind: 'replay', answer: { body: { n: 2 } } });
  });

  it('lets one work take over what got stuck, also when another decided so on an older snapshot', async () => {
    const [store, transactions] = [sandbox.get(IdempotencyStore), sandbox.get(Transactions)];
    const key = keyOf('stuck');
    await transactions.run((tx) => store.open(tx, key, 'stuck'));
    await sandbox.rows(
      `UPDATE http.idempotency_keys SET claimed_at = now() - interval '31 s' WHERE resource = 'stuck'`,
    );
    expect(await transactions.run((tx) => store.claim(tx, [key]))).toEqual([{ kind: 'resume', resource: 'stuck' }]);
    const both = await Promise.all([1, 2].map(() => transactions.run((tx) => store.takeOver(tx, key))));
    expect(both.filter(Boolean)).toHaveLength(1);
  });

  it('keeps a refusal that is returned, with the work of its transaction; one that is thrown, without', async () => {
    await sandbox.rows('CREATE TABLE notes (note text)');
    const requests = sandbox.get(IdempotentRequests);
    const returned = requests.run(keyOf('returned'), async (tx) => {
      await note(tx, 'returned');
      return new CartEmpty('Nothing in it.');
    });
    await expect(returned).rejects.toThrow(CartEmpty);
    const thrown = requests.run(keyOf('thrown'), async (tx) => {
      await note(tx, 'thrown');
      throw new CartEmpty('Nothing in it.');
    });
    await expect(thrown).rejects.toThrow(CartEmpty);
    expect(await sandbox.rows('SELECT note FROM notes')).toEqual([{ note: 'returned' }]);
    for (const key of ['returned', 'thrown']) {
      const again = await requests.run(keyOf(key), () => Promise.reject(new Error('must not run')));
      expect([again.status, again.body]).toMatchObject([409, { code: 'cart_empty', instance: '/v1/orders' }]);
    }
  });

  it('forgets what is older than 72 hours and nothing else', async () => {
    const [store, transactions] = [sandbox.get(IdempotencyStore), sandbox.get(Transactions)];
    const keys = [keyOf('old'), keyOf('young')];
    await transactions.run((tx) =>
      store.store(
        tx,
        keys.map((key) => ({ key, answer: HttpResult.ok({}) })),
      ),
    );
    await sandbox.rows(`UPDATE http.idempotency_keys SET created_at = now() - interval '71 hours'`);
    await transactions.run(async (tx) => {
      await tx.query(
        `UPDATE http.idempotency_keys SET created_at = now() - interval '73 hours'
          WHERE id = (SELECT id FROM http.idempotency_keys ORDER BY id LIMIT 1)`,
      );
    });
    const purge = new IdempotencyPurge(transactions);
    expect([await purge.run(), await purge.run()]).toEqual([1, 0]);
  });
});
