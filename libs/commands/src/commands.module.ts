import { Module } from '@nestjs/common';
import type { ModuleSchema } from '#database';
import { problemsOf, type ProblemType } from '#kernel';
import { LockingModule } from '#locking';
import { CommandLists } from './command-lists.js';
import { CommandRunner } from './command-runner.js';
import { ExternalCommands } from './external-commands.js';
import { GroupCommit } from './group-commit.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import * as errors from './idempotency/idempotency.errors.js';
import { KeyedRequests } from './keyed-requests.js';
import { IdempotencyKeys1764000070001 } from './migrations/1764000070001-idempotency-keys.js';
import { CommandsSchema1764000190001 } from './migrations/1764000190001-commands-schema.js';
import { TransactionCommands } from './transaction-commands.js';

@Module({
  imports: [LockingModule],
  providers: [
    IdempotencyStore,
    KeyedRequests,
    TransactionCommands,
    ExternalCommands,
    CommandLists,
    GroupCommit,
    CommandRunner,
  ],
  exports: [CommandRunner],
})
export class CommandsModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);

  static readonly schema: ModuleSchema = {
    entities: [],
    migrations: [IdempotencyKeys1764000070001, CommandsSchema1764000190001],
  };
}
