import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import { Locks } from '#locking';
import { Command, type ExternalCommand } from './command.js';
import type { CommandOptions, CommandOutcome, CommandRequest, CommandResult } from './command-request.js';
import { ExternalCommands } from './external-commands.js';
import type { LockRequest } from './lock-domain.js';
import { TransactionCommands } from './transaction-commands.js';

/**
 * Runs commands: locks, transaction, idempotency key, use case, stored result, in this order. The result is stored in the transaction of the
 * effect. A refusal is a result too, unless it may pass by itself.
 */
@Injectable()
export class CommandRunner {
  constructor(
    private readonly locks: Locks,
    private readonly transactions: Transactions,
    private readonly commands: TransactionCommands,
    private readonly externalCommands: ExternalCommands,
  ) {}

  /**
   * Runs one request, or gives the result that the same request got before.
   *
   * @throws `request_in_flight` while another process runs it, `idempotency_key_reused` when the key belongs to another request, the
   *   refusals of the command, and the errors of its locks.
   */
  async run<Request, Opened, Called, Result>(
    command: Command<Request, Result> | ExternalCommand<Request, Opened, Called, Result>,
    request: Request,
    options: CommandOptions<Result>,
  ): Promise<CommandResult> {
    const member = { ...options, request };
    const locked = <T>(work: () => Promise<T>): Promise<T> => this.locked(command.lock?.(request), work);
    const outcome =
      command instanceof Command
        ? await locked(() => this.alone(command, member))
        : await this.externalCommands.run(command, member, locked);
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  /** Where requests will wait for others to share a transaction with; until then each has one of its own. */
  private async alone<Request, Result>(
    command: Command<Request, Result>,
    member: CommandRequest<Request, Result>,
  ): Promise<CommandOutcome> {
    const [outcome] = await this.together(command, [member]);
    if (outcome === undefined) throw new Error('The request has no outcome.');
    return outcome;
  }

  /** Runs requests, each under its own lock already, in one transaction. Outcomes come in their order. */
  async together<Request, Result>(
    command: Command<Request, Result>,
    members: readonly CommandRequest<Request, Result>[],
  ): Promise<CommandOutcome[]> {
    return this.locked(await this.sharedLock(command, members), () => this.commands.run(command, members));
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

  private locked<T>(lock: LockRequest | undefined, work: () => Promise<T>): Promise<T> {
    return lock === undefined || lock.keys.length === 0 ? work() : this.locks.using(lock.keys, lock.options, work);
  }
}
