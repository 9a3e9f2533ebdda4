import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import { Locks } from '#locking';
import type { Command } from './command.js';
import type { CommandOutcome, CommandRequest } from './command-request.js';
import type { LockRequest } from './lock-domain.js';
import { TransactionCommands } from './transaction-commands.js';

/** Runs lists of requests, each list in one transaction and under the lock that its requests share. */
@Injectable()
export class CommandLists {
  constructor(
    private readonly locks: Locks,
    private readonly transactions: Transactions,
    private readonly commands: TransactionCommands,
  ) {}

  /** The lock of each request by itself is held already. Outcomes come in the order of the members. */
  async run<Request, Result>(
    command: Command<Request, Result>,
    members: readonly CommandRequest<Request, Result>[],
  ): Promise<CommandOutcome[]> {
    const lock = await this.sharedLock(command, members);
    const work = () => this.commands.run(command, members);
    return lock === undefined || lock.keys.length === 0 ? work() : this.locks.using(lock.keys, lock.options, work);
  }

  private async sharedLock<Request, Result>(
    command: Command<Request, Result>,
    members: readonly CommandRequest<Request, Result>[],
  ): Promise<LockRequest | undefined> {
    if (command.sharedLock === undefined) return undefined;
    const lock = command.sharedLock.bind(command);
    return this.transactions.read((db) =>
      lock(
        db,
        members.map(({ request }) => request),
      ),
    );
  }
}
