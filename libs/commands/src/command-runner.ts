import { Injectable } from '@nestjs/common';
import { Command, type ExternalCommand } from './command.js';
import { CommandLists } from './command-lists.js';
import type { CommandOptions, CommandOutcome, CommandRequest, CommandResult } from './command-request.js';
import { ExternalCommands } from './external-commands.js';
import { GroupCommit } from './group-commit.js';

/**
 * Runs commands: locks, transaction, idempotency key, use case, stored result, in this order. The result is stored in the transaction of the
 * effect. A refusal is a result too, unless it may pass by itself.
 */
@Injectable()
export class CommandRunner {
  constructor(
    private readonly lists: CommandLists,
    private readonly groups: GroupCommit,
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
    const outcome =
      command instanceof Command
        ? await this.runOne(command, member)
        : await this.externalCommands.run(command, member, (work) => this.lists.locked(command.lock?.(request), work));
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  private runOne<Request, Result>(
    command: Command<Request, Result>,
    member: CommandRequest<Request, Result>,
  ): Promise<CommandOutcome> {
    return this.groups.groups(command) ? this.groups.run(command, member) : this.lists.runAlone(command, member);
  }
}
