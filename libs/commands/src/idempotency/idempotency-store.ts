import { Injectable } from '@nestjs/common';
import { col, statement, type RowOf, type Tx } from '#database';
import type { DomainError } from '#kernel';
import type { IdempotencyKey } from './idempotency-key.js';
import { IdempotencyKeyReused, RequestInFlight } from './idempotency.errors.js';
import { decryptResult, encryptResult, secretsOf } from './result-encryption.js';
import type { StoredResult } from './stored-result.js';

/** What a request is, by its key. */
export type KeyState =
  /** Nobody has begun it: do the work and store the result in the same transaction. */
  | { readonly kind: 'new' }
  /** Somebody began it and did not finish: go on with what it works on. */
  | { readonly kind: 'resume'; readonly resource: string }
  | { readonly kind: 'replay'; readonly result: StoredResult }
  | { readonly kind: 'refused'; readonly error: DomainError };

export interface KeyResult {
  readonly key: IdempotencyKey;
  readonly result: StoredResult;
}

export interface KeyResource {
  readonly key: IdempotencyKey;
  readonly resource: string;
}

/** How long a request that takes several transactions may take before a repetition takes it over. */
const TAKEOVER_SECONDS = 30;

export const RESERVE_KEYS = statement(
  `SELECT pg_try_advisory_xact_lock(input.lock) AS free, coalesce(stored.route) AS route, coalesce(stored.request_hash) AS "requestHash", stored.resource, stored.answer,
     stored.claimed_at > now() - make_interval(secs => ${TAKEOVER_SECONDS}) AS "isWorkedOn"
   FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS input (id, lock, position)
   LEFT JOIN commands.idempotency_keys AS stored ON stored.id = input.id
   ORDER BY input.position`,
  {
    free: col.boolean(),
    route: col.orNull(col.text()),
    requestHash: col.orNull(col.text()),
    resource: col.orNull(col.text()),
    answer: col.orNull(col.bytea()),
    isWorkedOn: col.orNull(col.boolean()),
  },
);

export const STORE_RESULTS = statement(
  `INSERT INTO commands.idempotency_keys (id, route, request_hash, status, answer)
   SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::smallint[], $5::bytea[])
   ON CONFLICT (id) DO NOTHING
   RETURNING id`,
  { id: col.bytea() },
);

export const OPEN_KEYS = statement(
  `INSERT INTO commands.idempotency_keys (id, route, request_hash, resource)
   SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[])
   ON CONFLICT (id) DO NOTHING
   RETURNING id`,
  { id: col.bytea() },
);

export const TAKE_OVER_KEYS = statement(
  `UPDATE commands.idempotency_keys SET claimed_at = now()
   WHERE id = ANY ($1::bytea[]) AND status IS NULL AND claimed_at <= now() - make_interval(secs => ${TAKEOVER_SECONDS})
   RETURNING id`,
  { id: col.bytea() },
);

export const GIVE_KEYS_BACK = statement(
  `DELETE FROM commands.idempotency_keys AS stored
   USING unnest($1::bytea[], $2::text[]) AS input (id, resource)
   WHERE stored.id = input.id AND stored.resource = input.resource AND stored.status IS NULL`,
);

export const FINISH_KEYS = statement(
  `UPDATE commands.idempotency_keys AS stored SET status = input.status, answer = input.answer
   FROM unnest($1::bytea[], $2::text[], $3::smallint[], $4::bytea[]) AS input (id, resource, status, answer)
   WHERE stored.id = input.id AND stored.resource = input.resource AND stored.status IS NULL`,
);

/** The table of keys and results. Every statement takes a list, so that requests executed together cost no more statements. */
@Injectable()
export class IdempotencyStore {
  /**
   * Decides for each key what its request is. A `new` one belongs to this transaction until it ends: others are refused meanwhile
   * with `request_in_flight`, without waiting.
   */
  async reserve(tx: Tx, keys: readonly IdempotencyKey[]): Promise<KeyState[]> {
    if (keys.length === 0) return [];
    const secrets = keys.map(secretsOf);
    const { rows } = await tx.query(RESERVE_KEYS, [
      secrets.map(({ id }) => id),
      secrets.map(({ id }) => id.readBigInt64BE()),
    ]);
    const seen = new Set<string>();
    return rows.map((row, position) => {
      const { id, secret } = at(secrets, position);
      const again = seen.size === seen.add(id.toString('hex')).size;
      return stateOf(at(keys, position), again ? { ...row, free: false } : row, secret);
    });
  }

  /** Stores results. False for a key that another transaction has finished since it was reserved: nothing was stored. */
  async store(tx: Tx, finished: readonly KeyResult[]): Promise<boolean[]> {
    if (finished.length === 0) return [];
    const secrets = finished.map(({ key }) => secretsOf(key));
    const { rows } = await tx.query(STORE_RESULTS, [
      secrets.map(({ id }) => id),
      finished.map(({ key }) => key.route),
      finished.map(({ key }) => key.requestHash),
      finished.map(({ result }) => result.status),
      finished.map(({ result }, position) => encryptResult(result, at(secrets, position).secret)),
    ]);
    return among(secrets, rows);
  }

  /** Notes that requests have begun and will be finished by a later transaction. False for one that another transaction has begun. */
  async open(tx: Tx, opened: readonly KeyResource[]): Promise<boolean[]> {
    if (opened.length === 0) return [];
    const secrets = opened.map(({ key }) => secretsOf(key));
    const { rows } = await tx.query(OPEN_KEYS, [
      secrets.map(({ id }) => id),
      opened.map(({ key }) => key.route),
      opened.map(({ key }) => key.requestHash),
      opened.map(({ resource }) => resource),
    ]);
    return among(secrets, rows);
  }

  /**
   * The requests are this process's now, for as long as new ones would be. False for one that another process took over since it was
   * reserved: the snapshot of `reserve` is older than its lock.
   */
  async takeOver(tx: Tx, keys: readonly IdempotencyKey[]): Promise<boolean[]> {
    if (keys.length === 0) return [];
    const secrets = keys.map(secretsOf);
    const { rows } = await tx.query(TAKE_OVER_KEYS, [secrets.map(({ id }) => id)]);
    return among(secrets, rows);
  }

  /** Forgets requests that this work opened and did not finish. One that other work has opened since stays. */
  async giveBack(tx: Tx, opened: readonly KeyResource[]): Promise<void> {
    if (opened.length === 0) return;
    await tx.query(GIVE_KEYS_BACK, [
      opened.map(({ key }) => secretsOf(key).id),
      opened.map(({ resource }) => resource),
    ]);
  }

  /** Finishes requests that were opened, each by the work that opened it. One that is finished already keeps its result. */
  async finish(tx: Tx, finished: readonly (KeyResult & KeyResource)[]): Promise<void> {
    if (finished.length === 0) return;
    const secrets = finished.map(({ key }) => secretsOf(key));
    await tx.query(FINISH_KEYS, [
      secrets.map(({ id }) => id),
      finished.map(({ resource }) => resource),
      finished.map(({ result }) => result.status),
      finished.map(({ result }, position) => encryptResult(result, at(secrets, position).secret)),
    ]);
  }
}

function stateOf(key: IdempotencyKey, row: RowOf<typeof RESERVE_KEYS>, secret: Buffer): KeyState {
  const known = row.route !== null;
  if (known && (row.route !== key.route || row.requestHash !== key.requestHash)) {
    return { kind: 'refused', error: new IdempotencyKeyReused() };
  }
  if (row.answer !== null) return { kind: 'replay', result: decryptResult(row.answer, secret) };
  if (!row.free || (known && row.isWorkedOn)) return { kind: 'refused', error: new RequestInFlight() };
  return row.resource === null ? { kind: 'new' } : { kind: 'resume', resource: row.resource };
}

/** For each key whether a statement returned its row. */
function among(secrets: readonly { readonly id: Buffer }[], rows: readonly { readonly id: Buffer }[]): boolean[] {
  const returned = new Set(rows.map(({ id }) => id.toString('hex')));
  return secrets.map(({ id }) => returned.has(id.toString('hex')));
}

function at<T>(list: readonly T[], position: number): T {
  const element = list[position];
  if (element === undefined) throw new RangeError(`no element at ${position}`);
  return element;
}
