import type { Abstract, Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import { LockingModule } from '#locking';
import { ObservabilityModule } from '#observability';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import type { CommandOptions } from './command-request.js';
import { CommandLists } from './command-lists.js';
import { CommandRunner } from './command-runner.js';
import { CommandsModule } from './commands.module.js';
import type { IdempotencyKey } from './idempotency/idempotency-key.js';
import type { StoredResult } from './idempotency/stored-result.js';

export class Refused extends DomainError {
  static override readonly problem = { code: 'refused', kind: 'conflict', title: 'As the test wants it' } as const;
}

export const stored = (body: unknown): StoredResult => ({ status: 200, headers: {}, body });
export const keyOf = (key: string): IdempotencyKey => ({ scope: 'spec', key, route: 'POST /notes', requestHash: 'h' });
export const options = (key?: IdempotencyKey): CommandOptions<string> => ({
  key,
  respond: (result) => stored(result),
  refuse: ({ code }) => ({ ...stored(code), status: 409 }),
});

export const insertNote = (tx: Tx, text: string) => tx.query('INSERT INTO notes VALUES ($1)', [text]);

/** A command runner with a database of its own, in which commands can write notes. */
export class CommandSandbox {
  readonly runner: CommandRunner;
  readonly lists: CommandLists;
  readonly transactions: Transactions;

  private constructor(
    private readonly database: TestDatabase,
    private readonly nest: TestingModule,
  ) {
    this.runner = nest.get(CommandRunner);
    this.lists = nest.get(CommandLists);
    this.transactions = nest.get(Transactions);
  }

  static async open(
    locks: { readonly order: readonly string[] },
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandSandbox> {
    const database = await createTestDatabase([CommandsModule.schema]);
    const config = loadConfig({ ...process.env, LOCK_DRIVER: 'memory', DATABASE_URL: database.url, ...env });
    const imports = [
      ConfigModule.forRoot(config),
      ObservabilityModule,
      DatabaseModule.forRoot('spec', [CommandsModule.schema]),
      LockingModule.forRoot(locks),
      CommandsModule,
    ];
    const sandbox = new CommandSandbox(database, await Test.createTestingModule({ imports }).compile());
    await sandbox.transactions.run((tx) => tx.query('CREATE TABLE notes (text text)'));
    return sandbox;
  }

  get<T>(token: Type<T> | Abstract<T>): T {
    return this.nest.get(token, { strict: false });
  }

  /** Which of the notes are there. */
  async notes(texts: readonly string[]): Promise<string[]> {
    const { rows } = await this.transactions.read((db) =>
      db.query<{ text: string }>('SELECT text FROM notes WHERE text = ANY ($1) ORDER BY text', [texts]),
    );
    return rows.map(({ text }) => text);
  }

  async close(): Promise<void> {
    await this.nest.close();
    await this.database.drop();
  }
}
