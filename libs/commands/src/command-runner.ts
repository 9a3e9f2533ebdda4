import { Injectable } from '@nestjs/common';
import { Command, type ExternalCommand } from './command.js';
import { CommandLists } from './command-lists.js';
import type { CommandOptions, CommandOutcome, CommandRequest, CommandResult } from './command-request.js';
import { ExternalCommands } from './external-commands.js';
import { GroupCommit, type Group } from './group-commit.js';

type AnyCommand = Command<unknown, unknown>;
type AnyRequest = CommandRequest<unknown, unknown>;

/**
 * Runs commands: locks, transaction, idempotency key, use case, stored result, in this order. The result is stored in the transaction of the
 * effect. A refusal is a result too, unless it may pass by itself.
 */
@Injectable()
export class CommandRunner {
  private readonly groups = new Map<AnyCommand, Group<AnyRequest, CommandOutcome>>();

  constructor(
    private readonly lists: CommandLists,
    private readonly groupCommit: GroupCommit,
    private readonly externalCommands: ExternalCommands,
  ) {}

  /**
   * Runs one request, or gives the result that the same request got before.
   *
   * @throws `request_in_flight` while the same request runs, `idempotency_key_reused` when the key belongs to another request,
   *   `database_busy` when too many wait, the refusals of the command, and the errors of its locks.
   */
  async run<Request, Opened, Called, Result>(
    command: Command<Request, Result> | ExternalCommand<Request, Opened, Called, Result>,
    request: Request,
    options: CommandOptions<Result>,
  ): Promise<CommandResult> {
    const member = { ...options, request };
    const outcome =
      command instanceof Command
        ? await this.groupCommit.run(this.groupOf(command as unknown as AnyCommand), member as unknown as AnyRequest)
        : await this.externalCommands.run(command, member);
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  private groupOf(command: AnyCommand): Group<AnyRequest, CommandOutcome> {
    const known = this.groups.get(command);
    if (known !== undefined) return known;
    const group: Group<AnyRequest, CommandOutcome> = {
      batchMax: command.batchMax,
      claimsKeys: true,
      lock: ({ request }) => command.lock?.(request),
      run: (members) => this.lists.run(command, members),
    };
    this.groups.set(command, group);
    return group;
  }
}
