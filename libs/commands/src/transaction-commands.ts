import { Injectable } from '@nestjs/common';
import { DatabaseBusy, DatabaseUnavailable, Transactions, type Tx } from '#database';
import type { Command } from './command.js';
import { OvertakenByAnother, RUNS_MAX, type CommandOutcome, type CommandRequest } from './command-request.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { RequestInFlight } from './idempotency/idempotency.errors.js';
import { answerOf, earlierOutcome, KeyedRequests } from './keyed-requests.js';

/** Nobody of the list is to blame, and each alone would only take longer. */
export const isDatabaseFailure = (error: unknown): boolean =>
  error instanceof DatabaseBusy || error instanceof DatabaseUnavailable;

/** Runs lists of requests, each list in one transaction. */
@Injectable()
export class TransactionCommands {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: KeyedRequests,
    private readonly store: IdempotencyStore,
  ) {}

  /** Outcomes come in the order of the members. */
  async run<Request, Result>(
    command: Command<Request, Result>,
    members: readonly CommandRequest<Request, Result>[],
  ): Promise<CommandOutcome[]> {
    for (let run = 1; run <= RUNS_MAX; run += 1) {
      try {
        return await this.transactions.run((tx) => this.runIn(tx, command, members));
      } catch (error) {
        if (!(error instanceof OvertakenByAnother)) return this.afterRollback(command, members, error);
      }
    }
    return members.map(() => ({ error: new RequestInFlight() }));
  }

  private async runIn<Request, Result>(
    tx: Tx,
    command: Command<Request, Result>,
    members: readonly CommandRequest<Request, Result>[],
  ): Promise<CommandOutcome[]> {
    const earlier = (await this.requests.statesOf(tx, members)).map(earlierOutcome);
    const fresh = members.filter((_, place) => earlier[place] === undefined);
    const requests = fresh.map(({ request }) => request);
    const outcomes = requests.length === 0 ? [] : await command.run(tx, requests);
    const answers = fresh.map((member, index) => answerOf(member, outcomes[index]));
    const stored = await this.store.store(
      tx,
      answers.flatMap((answer) => answer.stored ?? []),
    );
    if (stored.includes(false)) throw new OvertakenByAnother();
    const decided = answers.values();
    return earlier.map((outcome) => outcome ?? (decided.next().value as (typeof answers)[number]).outcome);
  }

  /** Nothing of the list took effect. The request that made it fail is found by running each of them alone. */
  private async afterRollback<Request, Result>(
    command: Command<Request, Result>,
    members: readonly CommandRequest<Request, Result>[],
    error: unknown,
  ): Promise<CommandOutcome[]> {
    if (isDatabaseFailure(error)) return members.map(() => ({ error }));
    const [first] = members;
    if (members.length === 1 && first !== undefined) return [await this.requests.settle(first, error)];
    const outcomes: CommandOutcome[] = [];
    for (const member of members) outcomes.push(...(await this.run(command, [member])));
    return outcomes;
  }
}
