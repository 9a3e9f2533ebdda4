import { Injectable } from '@nestjs/common';
import { Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import type { Outcome } from './command.js';
import type { CommandOptions, CommandOutcome } from './command-request.js';
import { IdempotencyStore, type KeyResult, type KeyState } from './idempotency/idempotency-store.js';

/** What a request is answered with, and what of it is stored. */
export interface Answer {
  readonly outcome: CommandOutcome;
  /** Undefined without a key, and for a refusal that may pass. */
  readonly stored: KeyResult | undefined;
}

/** Requests beside the table of keys. */
@Injectable()
export class KeyedRequests {
  constructor(
    private readonly transactions: Transactions,
    private readonly store: IdempotencyStore,
  ) {}

  /** What each request is; a request without a key is new. */
  async statesOf(tx: Tx, members: readonly Pick<CommandOptions<never>, 'key'>[]): Promise<KeyState[]> {
    const keys = members.flatMap(({ key }) => (key === undefined ? [] : [key]));
    const states = (await this.store.reserve(tx, keys)).values();
    return members.map(({ key }) => (key === undefined ? undefined : states.next().value) ?? { kind: 'new' });
  }

  /**
   * Stores the refusal of a request whose transaction was rolled back, if it is final. Where another transaction has finished the same
   * request meanwhile, its result is the outcome.
   */
  async settle<Result>(member: CommandOptions<Result>, error: unknown): Promise<CommandOutcome> {
    const stored = error instanceof DomainError ? finalRefusal(member, error) : undefined;
    if (stored === undefined) return { error };
    return this.transactions.run(async (tx) => {
      if ((await this.store.store(tx, [stored])).includes(true)) return { error };
      const [state] = await this.statesOf(tx, [member]);
      return state?.kind === 'replay' ? { result: state.result, replayed: true } : { error };
    });
  }
}

/** The outcome of a request that is not to be run; undefined for one that is. */
export function earlierOutcome(state: KeyState): CommandOutcome | undefined {
  if (state.kind === 'replay') return { result: state.result, replayed: true };
  return state.kind === 'refused' ? { error: state.error } : undefined;
}

export function answerOf<Result>(member: CommandOptions<Result>, outcome: Outcome<Result> | undefined): Answer {
  if (outcome === undefined) throw new Error('The command left a request without an outcome.');
  if ('error' in outcome) return { outcome, stored: finalRefusal(member, outcome.error) };
  const result = member.respond(outcome.result);
  return { outcome: { result, replayed: false }, stored: member.key && { key: member.key, result } };
}

function finalRefusal<Result>({ key, refuse }: CommandOptions<Result>, error: DomainError): KeyResult | undefined {
  const result = key === undefined ? undefined : refuse(error);
  return key && result && { key, result };
}
