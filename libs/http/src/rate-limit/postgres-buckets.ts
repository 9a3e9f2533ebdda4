import { Pool, type ClientConfig } from 'pg';
import type { BucketStore, Draw, Drawn } from './token-bucket.js';

/** Of its own and small: counting must not take the connections of the work, and the work must not hold up counting. */
const CONNECTIONS_MAX = 4;
const CLIENT_GRACE_MS = 50;

/**
 * Decides on the levels that the statement sees. Two statements at once may both take the last token; the level then falls below 0, and
 * the debt is paid by waiting. A new row holds what is left of a full bucket, so the conflict knows the cost from it.
 */
const DRAW = `
  WITH input AS (
    SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[])
      WITH ORDINALITY AS input (key, capacity, refill, least, cost, place)
  ), current AS MATERIALIZED (
    SELECT input.*, coalesce(least(input.capacity, bucket.level
      + greatest(0, extract(epoch FROM clock_timestamp() - bucket.at)::float8 * 1000) * input.refill), input.capacity) AS level
    FROM input LEFT JOIN http.rate_buckets AS bucket USING (key)
  ), decision AS MATERIALIZED (
    SELECT bool_and(current.level >= current.least) AS allowed FROM current
  ), updated AS (
    INSERT INTO http.rate_buckets AS bucket (key, level, capacity, refill_per_ms, at)
    SELECT key, capacity - cost, capacity, refill, clock_timestamp() FROM current, decision WHERE allowed AND cost <> 0 ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
      level = least(excluded.capacity, greatest(-excluded.capacity, least(excluded.capacity, bucket.level
        + greatest(0, extract(epoch FROM excluded.at - bucket.at)::float8 * 1000) * excluded.refill_per_ms)
        - (excluded.capacity - excluded.level))),
      capacity = excluded.capacity, refill_per_ms = excluded.refill_per_ms, at = excluded.at
    RETURNING key, level
  )
  SELECT allowed, coalesce(updated.level, current.level) AS level
  FROM decision CROSS JOIN current LEFT JOIN updated USING (key) ORDER BY place`;

/** Buckets that all processes share, for a shop without Redis. They survive no crash of the server: every bucket is then full. */
export class PostgresBuckets implements BucketStore {
  private readonly pool: Pool;

  constructor(options: ClientConfig, timeoutMs: number) {
    this.pool = new Pool({
      ...options,
      max: CONNECTIONS_MAX,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      lock_timeout: timeoutMs,
      query_timeout: timeoutMs + CLIENT_GRACE_MS,
    });
    // An idle connection that breaks is replaced at the next draw.
    this.pool.on('error', () => undefined);
  }

  async draw(draws: readonly Draw[]): Promise<Drawn> {
    const { rows } = await this.pool.query<{ allowed: boolean; level: number }>({
      name: 'draw-tokens',
      text: DRAW,
      values: [
        draws.map(({ key }) => key),
        draws.map(({ capacity }) => capacity),
        draws.map(({ refillPerMs }) => refillPerMs),
        draws.map(({ atLeast }) => atLeast),
        draws.map(({ cost }) => cost),
      ],
    });
    return { allowed: rows[0]?.allowed !== false, levels: rows.map(({ level }) => level) };
  }

  opened(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
