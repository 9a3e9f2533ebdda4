import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { DatabaseModule } from './database.module.js';
import { NestedTransaction, Transactions } from './transactions.js';

let database: TestDatabase;
let opened: TestingModule;
let transactions: Transactions;

beforeAll(async () => {
  database = await createTestDatabase();
  const imports = [
    ConfigModule.forRoot(loadConfig({ DATABASE_URL: database.url })),
    DatabaseModule.forRoot('spec', []),
  ];
  opened = await Test.createTestingModule({ imports }).compile();
  transactions = opened.get(Transactions);
});

afterAll(async () => {
  await opened?.close();
  await database?.drop();
});

describe('inside a transaction', () => {
  it.each([
    ['another one', (): Promise<unknown> => transactions.run(async () => undefined)],
    ['a second connection for reading', (): Promise<unknown> => transactions.read(async () => undefined)],
  ])('%s is refused, because it would wait for connections while it holds one', async (_, inner) => {
    await expect(transactions.run(inner)).rejects.toThrow(NestedTransaction);
    await expect(transactions.read(inner)).rejects.toThrow(NestedTransaction);
  });

  it('whatever its work leaves running is outside once it has ended', async () => {
    const end = new EventEmitter();
    let left: Promise<number> | undefined;
    await transactions.run(async () => {
      left = once(end, 'ended').then(() => transactions.run(async (tx) => (await tx.query('SELECT 1')).count));
    });
    end.emit('ended');
    expect(await left).toBe(1);
  });
});
