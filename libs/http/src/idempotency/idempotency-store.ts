import { Injectable } from '@nestjs/common';
import type { Tx } from '#database';
import type { DomainError } from '#kernel';
import type { HttpResult } from '../operation/http-result.js';
import { IdempotencyKeyReused, RequestInFlight } from '../http.errors.js';
import type { IdempotencyKey } from './idempotency-key.js';
import { openAnswer, sealAnswer, secretsOf } from './response-encryption.js';

export type Claim =
  /** Nobody has begun it: do the work and store the answer in the same transaction. */
  | { readonly kind: 'new' }
  /** Somebody began it and did not finish: go on with what it works on. */
  | { readonly kind: 'resume'; readonly resource: string }
  | { readonly kind: 'replay'; readonly answer: HttpResult }
  | { readonly kind: 'refused'; readonly error: DomainError };

export interface AnsweredKey {
  readonly key: IdempotencyKey;
  readonly answer: HttpResult;
}

interface Kept {
  readonly free: boolean;
  readonly route: string | null;
  readonly request_hash: string | null;
  readonly resource: string | null;
  readonly answer: Buffer | null;
  readonly being_worked_on: boolean;
}

/** How long a request that is answered by several transactions may take before a repetition takes it over. */
const TAKEOVER_SECONDS = 30;

/** The table of keys and answers. Every statement takes a list, so that requests executed together cost no more statements. */
@Injectable()
export class IdempotencyStore {
  /**
   * Decides for each key what its request is. A `new` one belongs to this transaction until it ends: others are refused meanwhile
   * with `request_in_flight`, without waiting.
   */
  async claim(tx: Tx, keys: readonly IdempotencyKey[]): Promise<Claim[]> {
    const secrets = keys.map(secretsOf);
    const { rows } = await tx.query<Kept>(
      `SELECT pg_try_advisory_xact_lock(asked.lock) AS free, kept.route, kept.request_hash, kept.resource, kept.answer,
              kept.claimed_at > now() - make_interval(secs => ${TAKEOVER_SECONDS}) AS being_worked_on
         FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS asked (id, lock, position)
         LEFT JOIN http.idempotency_keys kept ON kept.id = asked.id
        ORDER BY asked.position`,
      [secrets.map(({ id }) => id), secrets.map(({ id }) => id.readBigInt64BE())],
    );
    const seen = new Set<string>();
    return rows.map((row, position) => {
      const { id, seal } = at(secrets, position);
      const again = seen.size === seen.add(id.toString('hex')).size;
      return decide(at(keys, position), again ? { ...row, free: false } : row, seal);
    });
  }

  /** Keeps finished answers. False for a key that another transaction has answered since it was claimed: nothing was stored. */
  async store(tx: Tx, answered: readonly AnsweredKey[]): Promise<boolean[]> {
    const secrets = answered.map(({ key }) => secretsOf(key));
    const { rows } = await tx.query<{ id: Buffer }>(
      `INSERT INTO http.idempotency_keys (id, route, request_hash, status, answer)
       SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::smallint[], $5::bytea[])
       ON CONFLICT (id) DO NOTHING
       RETURNING id`,
      [
        secrets.map(({ id }) => id),
        answered.map(({ key }) => key.route),
        answered.map(({ key }) => key.requestHash),
        answered.map(({ answer }) => answer.status),
        answered.map(({ answer }, position) => sealAnswer(answer, at(secrets, position).seal)),
      ],
    );
    const stored = new Set(rows.map((row) => row.id.toString('hex')));
    return secrets.map(({ id }) => stored.has(id.toString('hex')));
  }

  /** Notes that a request has begun and will be finished by a later transaction. False when another one has begun it. */
  async open(tx: Tx, key: IdempotencyKey, resource: string): Promise<boolean> {
    const { count } = await tx.query(
      `INSERT INTO http.idempotency_keys (id, route, request_hash, resource) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO NOTHING`,
      [secretsOf(key).id, key.route, key.requestHash, resource],
    );
    return count === 1;
  }

  /**
   * The request is this process's now, for as long as a new one would be. False when another one took it over since it was claimed: the
   * snapshot of a claim is older than its lock.
   */
  async takeOver(tx: Tx, key: IdempotencyKey): Promise<boolean> {
    const { count } = await tx.query(
      `UPDATE http.idempotency_keys SET claimed_at = now()
        WHERE id = $1 AND status IS NULL AND claimed_at <= now() - make_interval(secs => ${TAKEOVER_SECONDS})`,
      [secretsOf(key).id],
    );
    return count === 1;
  }

  /** Forgets a request that this work opened and did not bring to an answer. One that another work has opened since stays. */
  async giveBack(tx: Tx, key: IdempotencyKey, resource: string): Promise<void> {
    await tx.query('DELETE FROM http.idempotency_keys WHERE id = $1 AND resource = $2 AND status IS NULL', [
      secretsOf(key).id,
      resource,
    ]);
  }

  /** Finishes requests that were opened, each by the work that opened it. One that is finished already keeps its answer. */
  async complete(tx: Tx, answered: readonly (AnsweredKey & { readonly resource: string })[]): Promise<void> {
    const secrets = answered.map(({ key }) => secretsOf(key));
    await tx.query(
      `UPDATE http.idempotency_keys kept SET status = given.status, answer = given.answer
         FROM unnest($1::bytea[], $2::text[], $3::smallint[], $4::bytea[]) AS given (id, resource, status, answer)
        WHERE kept.id = given.id AND kept.resource = given.resource AND kept.status IS NULL`,
      [
        secrets.map(({ id }) => id),
        answered.map(({ resource }) => resource),
        answered.map(({ answer }) => answer.status),
        answered.map(({ answer }, position) => sealAnswer(answer, at(secrets, position).seal)),
      ],
    );
  }
}

function decide(key: IdempotencyKey, kept: Kept, seal: Buffer): Claim {
  const known = kept.route !== null;
  if (known && (kept.route !== key.route || kept.request_hash !== key.requestHash)) {
    return { kind: 'refused', error: new IdempotencyKeyReused() };
  }
  if (kept.answer !== null) return { kind: 'replay', answer: openAnswer(kept.answer, seal) };
  if (!kept.free || (known && kept.being_worked_on)) return { kind: 'refused', error: new RequestInFlight() };
  return kept.resource === null ? { kind: 'new' } : { kind: 'resume', resource: kept.resource };
}

function at<T>(list: readonly T[], position: number): T {
  const element = list[position];
  if (element === undefined) throw new RangeError(`no element at ${position}`);
  return element;
}
