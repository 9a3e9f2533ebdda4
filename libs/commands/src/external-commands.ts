import { Injectable } from '@nestjs/common';
import { Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import { inheritTrace } from '#observability';
import type { Closing, ExternalCommand, Opening, Outcome } from './command.js';
import { OvertakenByAnother, RUNS_MAX, type CommandOutcome, type CommandRequest } from './command-request.js';
import { GroupCommit, type Group } from './group-commit.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { RequestInFlight } from './idempotency/idempotency.errors.js';
import { answerOf, earlierOutcome, KeyedRequests, type Answer } from './keyed-requests.js';
import { isDatabaseFailure } from './transaction-commands.js';

type AnyCommand = ExternalCommand<unknown, unknown, unknown, unknown>;
type AnyRequest = CommandRequest<unknown, unknown>;

/** What the first transaction has decided about a request: its outcome, or what is to be called for it. */
type Opened = CommandOutcome | { readonly opening: Opening<unknown>; readonly opened: unknown };

/** A request whose call has ended. */
interface Called extends AnyRequest {
  readonly resource: string;
  readonly result: Outcome<Closing<unknown, unknown>>;
}

interface Groups {
  readonly open: Group<AnyRequest, Opened>;
  readonly finish: Group<Called, CommandOutcome>;
}

/** Runs requests that call the outside world between two transactions. Others share these transactions; each call is its own. */
@Injectable()
export class ExternalCommands {
  private readonly groups = new Map<AnyCommand, Groups>();

  constructor(
    private readonly transactions: Transactions,
    private readonly requests: KeyedRequests,
    private readonly store: IdempotencyStore,
    private readonly groupCommit: GroupCommit,
  ) {}

  async run<Request, State, Result, Answered>(
    external: ExternalCommand<Request, State, Answered, Result>,
    request: CommandRequest<Request, Result>,
  ): Promise<CommandOutcome> {
    const command = external as unknown as AnyCommand;
    const member = request as unknown as AnyRequest;
    const { open, finish } = this.groupsOf(command);
    const opened = await this.groupCommit.run(open, member);
    if (!('opening' in opened)) return opened;
    const result = await call(command, opened.opening, opened.opened);
    return this.groupCommit.run(finish, { ...member, resource: opened.opening.resource, result });
  }

  private groupsOf(command: AnyCommand): Groups {
    const known = this.groups.get(command);
    if (known !== undefined) return known;
    const { batchMax } = command;
    const groups: Groups = {
      open: {
        batchMax,
        claimsKeys: true,
        lock: ({ request }) => command.lock?.(request),
        run: (members) => this.open(command, members),
      },
      finish: { batchMax, claimsKeys: false, run: (members) => this.finish(command, members) },
    };
    this.groups.set(command, groups);
    return groups;
  }

  private async open(command: AnyCommand, members: readonly AnyRequest[]): Promise<Opened[]> {
    for (let run = 1; run <= RUNS_MAX; run += 1) {
      try {
        return await this.transactions.run((tx) => this.openIn(tx, command, members));
      } catch (error) {
        if (!(error instanceof OvertakenByAnother)) return this.afterRollback(command, members, error);
      }
    }
    return members.map(() => ({ error: new RequestInFlight() }));
  }

  private async openIn(tx: Tx, command: AnyCommand, members: readonly AnyRequest[]): Promise<Opened[]> {
    const states = await this.requests.statesOf(tx, members);
    const decided: (Opened | undefined)[] = [];
    for (const [place, state] of states.entries()) {
      const member = members[place];
      decided.push(
        state.kind === 'resume' && member
          ? await this.resume(tx, command, member, state.resource)
          : earlierOutcome(state),
      );
    }
    const fresh = members.filter((_, place) => decided[place] === undefined);
    const opened = (await this.openFresh(tx, command, fresh)).values();
    return decided.map((outcome) => outcome ?? (opened.next().value as Opened));
  }

  private async openFresh(tx: Tx, command: AnyCommand, members: readonly AnyRequest[]): Promise<Opened[]> {
    if (members.length === 0) return [];
    const openings = members.map(({ request }) => ({ resource: command.newResource(request), request }));
    const keyed = members.flatMap(({ key }, place) => {
      const resource = openings[place]?.resource;
      return key === undefined || resource === undefined ? [] : [{ key, resource }];
    });
    if ((await this.store.open(tx, keyed)).includes(false)) throw new OvertakenByAnother();
    const outcomes = await command.open(tx, openings);
    const refused = members.flatMap((member, place) => {
      const [opening, outcome] = [openings[place], outcomes[place]];
      if (opening === undefined || (outcome !== undefined && 'result' in outcome)) return [];
      return [{ member, resource: opening.resource, answer: answerOf(member, outcome) }];
    });
    const answers = (await this.close(tx, refused)).values();
    return openings.map((opening, place): Opened => {
      const outcome = outcomes[place];
      return outcome !== undefined && 'result' in outcome
        ? { opening, opened: outcome.result }
        : (answers.next().value as CommandOutcome);
    });
  }

  private async resume(tx: Tx, command: AnyCommand, { key, request }: AnyRequest, resource: string): Promise<Opened> {
    if (key === undefined || (await this.store.takeOver(tx, [key])).includes(false)) throw new OvertakenByAnother();
    const opening = { resource, request };
    return { opening, opened: await command.resume(tx, opening) };
  }

  /** Nothing of the list took effect. The request that made it fail is found by opening each of them alone. */
  private async afterRollback(command: AnyCommand, members: readonly AnyRequest[], error: unknown): Promise<Opened[]> {
    if (isDatabaseFailure(error)) return members.map(() => ({ error }));
    const [first] = members;
    if (members.length === 1 && first !== undefined) return [await this.requests.settle(first, error)];
    const outcomes: Opened[] = [];
    for (const member of members) outcomes.push(...(await this.open(command, [member])));
    return outcomes;
  }

  private async finish(command: AnyCommand, members: readonly Called[]): Promise<CommandOutcome[]> {
    try {
      return await this.transactions.run((tx) => this.finishIn(tx, command, members));
    } catch (error) {
      if (members.length === 1 || isDatabaseFailure(error)) throw error;
      const outcomes: CommandOutcome[] = [];
      for (const member of members) {
        outcomes.push(...(await this.finish(command, [member]).catch((own: unknown) => [{ error: own }])));
      }
      return outcomes;
    }
  }

  private async finishIn(tx: Tx, command: AnyCommand, members: readonly Called[]): Promise<CommandOutcome[]> {
    const called = members.flatMap(({ request, result }) =>
      'error' in result ? [] : [inheritTrace(request, result.result)],
    );
    const finished = (called.length === 0 ? [] : await command.finish(tx, called)).values();
    const answers = members.map((member) => {
      const outcome = 'error' in member.result ? member.result : finished.next().value;
      return { member, resource: member.resource, answer: answerOf(member, outcome) };
    });
    return this.close(tx, answers);
  }

  /** Stores the answers of requests that were opened, or gives their keys back where the answer is not final. */
  private async close(
    tx: Tx,
    closed: readonly { readonly member: AnyRequest; readonly resource: string; readonly answer: Answer }[],
  ): Promise<CommandOutcome[]> {
    await this.store.finish(
      tx,
      closed.flatMap(({ resource, answer: { stored } }) => (stored === undefined ? [] : [{ ...stored, resource }])),
    );
    await this.store.giveBack(
      tx,
      closed.flatMap(({ member: { key }, resource, answer: { stored } }) =>
        stored === undefined && key !== undefined ? [{ key, resource }] : [],
      ),
    );
    return closed.map(({ answer }) => answer.outcome);
  }
}

/** Nothing is held meanwhile. A refusal of the call is its result. */
async function call(
  command: AnyCommand,
  opening: Opening<unknown>,
  opened: unknown,
): Promise<Outcome<Closing<unknown, unknown>>> {
  try {
    return { result: { resource: opening.resource, opened, called: await command.call(opened, opening) } };
  } catch (error) {
    if (error instanceof DomainError) return { error };
    throw error;
  }
}
