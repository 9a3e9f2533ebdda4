import { Injectable } from '@nestjs/common';
import { Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import type { ExternalCommand, Opening, Outcome } from './command.js';
import { OvertakenByAnother, RUNS_MAX, type CommandOutcome, type CommandRequest } from './command-request.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { RequestInFlight } from './idempotency/idempotency.errors.js';
import { answerOf, earlierOutcome, KeyedRequests, type Answer } from './keyed-requests.js';

/** What the first transaction has decided about a request: its outcome, or what is to be called for it. */
type Opened<Request, State> = CommandOutcome | { readonly opening: Opening<Request>; readonly opened: State };

/** Runs requests that call the outside world between two transactions. One at a time: the calls would wait for the slowest. */
@Injectable()
export class ExternalCommands {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: KeyedRequests,
    private readonly store: IdempotencyStore,
  ) {}

  /** @param locked runs the first transaction under the lock of the request */
  async run<Request, State, Called, Result>(
    command: ExternalCommand<Request, State, Called, Result>,
    member: CommandRequest<Request, Result>,
    locked: <T>(work: () => Promise<T>) => Promise<T>,
  ): Promise<CommandOutcome> {
    const opened = await locked(() => this.open(command, member));
    if (!('opening' in opened)) return opened;
    const called = await this.call(command, opened.opening, opened.opened);
    return this.transactions.run(async (tx) => {
      const { resource } = opened.opening;
      const outcome =
        'error' in called
          ? called
          : (await command.finish(tx, [{ resource, opened: opened.opened, called: called.result }]))[0];
      return this.close(tx, member, resource, answerOf(member, outcome));
    });
  }

  private async open<Request, State, Called, Result>(
    command: ExternalCommand<Request, State, Called, Result>,
    member: CommandRequest<Request, Result>,
  ): Promise<Opened<Request, State>> {
    for (let run = 1; run <= RUNS_MAX; run += 1) {
      try {
        return await this.transactions.run((tx) => this.openIn(tx, command, member));
      } catch (error) {
        if (!(error instanceof OvertakenByAnother)) return this.requests.settle(member, error);
      }
    }
    return { error: new RequestInFlight() };
  }

  private async openIn<Request, State, Called, Result>(
    tx: Tx,
    command: ExternalCommand<Request, State, Called, Result>,
    member: CommandRequest<Request, Result>,
  ): Promise<Opened<Request, State>> {
    const { key, request } = member;
    const [state = { kind: 'new' } as const] = await this.requests.statesOf(tx, [member]);
    const earlier = earlierOutcome(state);
    if (earlier !== undefined) return earlier;
    if (state.kind === 'resume') {
      if (key === undefined || (await this.store.takeOver(tx, [key])).includes(false)) throw new OvertakenByAnother();
      const opening = { resource: state.resource, request };
      return { opening, opened: await command.resume(tx, opening) };
    }
    const opening = { resource: command.newResource(request), request };
    const isOurs = key === undefined || (await this.store.open(tx, [{ key, ...opening }])).includes(true);
    if (!isOurs) throw new OvertakenByAnother();
    const [outcome] = await command.open(tx, [opening]);
    if (outcome !== undefined && 'result' in outcome) return { opening, opened: outcome.result };
    return this.close(tx, member, opening.resource, answerOf(member, outcome));
  }

  private async call<Request, State, Called>(
    command: ExternalCommand<Request, State, Called, unknown>,
    opening: Opening<Request>,
    opened: State,
  ): Promise<Outcome<Called>> {
    try {
      return { result: await command.call(opened, opening) };
    } catch (error) {
      if (error instanceof DomainError) return { error };
      throw error;
    }
  }

  /** Stores the answer of a request that was opened, or gives its key back when the answer is not final. */
  private async close<Result>(
    tx: Tx,
    { key }: Pick<CommandRequest<unknown, Result>, 'key'>,
    resource: string,
    { outcome, stored }: Answer,
  ): Promise<CommandOutcome> {
    if (stored !== undefined) await this.store.finish(tx, [{ ...stored, resource }]);
    else if (key !== undefined) await this.store.giveBack(tx, [{ key, resource }]);
    return outcome;
  }
}
