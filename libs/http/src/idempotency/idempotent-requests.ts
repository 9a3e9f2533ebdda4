import { Injectable } from '@nestjs/common';
import { Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import type { HttpResult } from '../operation/http-result.js';
import { IdempotencyKeyReused, RequestInFlight } from '../http.errors.js';
import { refusal } from '../problem/problem.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { IdempotencyStore, type Claim } from './idempotency-store.js';

/** Another transaction has answered the same request since this one claimed it: run again to find its answer. */
class AnsweredMeanwhile extends Error {}

const RUNS_MAX = 3;

/** Requests that take effect once however often they are sent: the answer is stored in the transaction of the effect. */
@Injectable()
export class IdempotentRequests {
  constructor(
    private readonly transactions: Transactions,
    private readonly store: IdempotencyStore,
  ) {}

  /**
   * Runs `work` in a transaction, or gives the answer that the same request got before. Without a key it is a transaction and nothing
   * more. A DomainError with a 4xx status is an answer too: thrown by `work`, it is stored after the rollback; returned, it says that
   * the transaction is still good, and is stored with it, which spares a busy shop the second one. Failures (5xx), and refusals that
   * come with Retry-After, are not stored, so the request can be tried again.
   *
   * @throws `request_in_flight` while the first one runs, `idempotency_key_reused` when the key stands for another request, and every
   *   DomainError of `work`.
   */
  async run(key: IdempotencyKey | undefined, work: (tx: Tx) => Promise<HttpResult | DomainError>): Promise<HttpResult> {
    if (key === undefined) return answerOf(await this.transactions.run(work));
    for (let run = 1; run <= RUNS_MAX; run += 1) {
      const outcome = await this.attempt(key, work);
      if (outcome !== undefined) return answerOf(outcome);
    }
    throw new RequestInFlight();
  }

  /**
   * First step of a request that takes several transactions: notes, together with `tx`, that it has begun and what it works on. `resume`
   * means that an earlier one got stuck: go on with its resource. Finish with `complete`.
   *
   * @throws `request_in_flight` while another one works on it (30 s), `idempotency_key_reused`.
   */
  async begin(tx: Tx, key: IdempotencyKey | undefined, resource: string): Promise<Exclude<Claim, { kind: 'refused' }>> {
    if (key === undefined) return { kind: 'new' };
    for (let run = 1; run <= RUNS_MAX; run += 1) {
      const claim = await this.claim(tx, key);
      if (await this.isOurs(tx, key, claim, resource)) return claim;
    }
    throw new RequestInFlight();
  }

  /**
   * Last step: stores the answer, together with `tx`. An error is stored as its problem document; a failure (5xx) is not stored and
   * gives the key back instead, so the request can be tried again. Throw either afterwards. `resource` is what `begin` was given or
   * gave: work that was overtaken by other work under its key leaves that alone.
   */
  async complete(
    tx: Tx,
    key: IdempotencyKey | undefined,
    { resource, outcome }: { readonly resource: string; readonly outcome: HttpResult | DomainError },
  ): Promise<void> {
    if (key === undefined) return;
    const answer = outcome instanceof DomainError ? storable(key, outcome) : outcome;
    if (answer === undefined) await this.store.giveBack(tx, key, resource);
    else await this.store.complete(tx, [{ key, answer, resource }]);
  }

  /**
   * Stores the refusal of a request whose transaction was rolled back, and throws it again. Returns the answer instead where another
   * transaction answered the same request first.
   */
  async settle(key: IdempotencyKey | undefined, error: unknown): Promise<HttpResult> {
    const answer = key !== undefined && error instanceof DomainError ? storable(key, error) : undefined;
    if (key === undefined || answer === undefined) throw error;
    const first = await this.transactions.run(async (tx) => {
      const [stored] = await this.store.store(tx, [{ key, answer }]);
      return stored === true ? undefined : this.claim(tx, key);
    });
    if (first?.kind === 'replay') return first.answer;
    throw error;
  }

  /** Undefined when another transaction has answered meanwhile. */
  private async attempt(
    key: IdempotencyKey,
    work: (tx: Tx) => Promise<HttpResult | DomainError>,
  ): Promise<HttpResult | DomainError | undefined> {
    try {
      return await this.transactions.run((tx) => this.once(tx, key, work));
    } catch (error) {
      return error instanceof AnsweredMeanwhile ? undefined : this.settle(key, error);
    }
  }

  private async once(
    tx: Tx,
    key: IdempotencyKey,
    work: (tx: Tx) => Promise<HttpResult | DomainError>,
  ): Promise<HttpResult | DomainError> {
    const claim = await this.claim(tx, key);
    if (claim.kind === 'replay') return claim.answer;
    const outcome = await work(tx);
    const answer = outcome instanceof DomainError ? storable(key, outcome) : outcome;
    if (answer === undefined) throw outcome;
    const [stored] = await this.store.store(tx, [{ key, answer }]);
    if (stored !== true) throw new AnsweredMeanwhile();
    return outcome;
  }

  /** Whether nobody was faster since the claim was decided. */
  private async isOurs(tx: Tx, key: IdempotencyKey, { kind }: Claim, resource: string): Promise<boolean> {
    if (kind === 'new') return this.store.open(tx, key, resource);
    return kind !== 'resume' || this.store.takeOver(tx, key);
  }

  private async claim(tx: Tx, key: IdempotencyKey): Promise<Exclude<Claim, { kind: 'refused' }>> {
    const [claim] = await this.store.claim(tx, [key]);
    if (claim === undefined) throw new Error('the store decided nothing');
    if (claim.kind === 'refused') throw claim.error;
    return claim.kind === 'replay' ? { ...claim, answer: claim.answer.with({ 'idempotent-replayed': 'true' }) } : claim;
  }
}

function answerOf(outcome: HttpResult | DomainError): HttpResult {
  if (outcome instanceof DomainError) throw outcome;
  return outcome;
}

/**
 * The problem document of a refusal that is final. Undefined for failures and for what passes by itself: stored, it would be the answer to
 * every repetition that it asks for.
 */
function storable(key: IdempotencyKey, error: DomainError): HttpResult | undefined {
  const answer = refusal(error, key.route.slice(key.route.indexOf(' ') + 1));
  if (answer === undefined || answer.status >= 500 || 'retry-after' in answer.headers) return undefined;
  return error instanceof IdempotencyKeyReused ? undefined : answer;
}
