import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/** How long a freed key is kept for the process that was notified, so that processes take turns. */
const KEEP = `interval '100 milliseconds'`;
/** A waiter asks again about twice a second: one that was not seen for so long is gone. */
const GONE_AFTER = `interval '2 seconds'`;
/** Any fixed number: it distinguishes the advisory locks of this library from others. */
const ADVISORY_CLASS = 5_147_083;
/** Others go on drawing tokens while one raises them. Should they overtake it meanwhile, by less than this, none is drawn twice. */
const RAISE_MARGIN = 1_000_000;

/*
 * Whoever looks at or changes who has a key holds the key's advisory lock until the end of its statement. So the next holder's token is
 * drawn after the last one's, and a key is not freed between a refusal and the note that somebody waits. All live in one statement each,
 * so they work through a pooler that gives every transaction another connection.
 */
const GUARD = `
  CREATE FUNCTION locking.guard(wanted text[]) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(${ADVISORY_CLASS}, hash)
    FROM (SELECT DISTINCT hashtext(key) AS hash FROM unnest(wanted) AS key ORDER BY hash) AS sorted
  $$`;

/** Frees a key, or keeps it a moment for the process that has waited longest, and notifies that process. */
const PASS_ON = `
  CREATE FUNCTION locking.pass_on(freed text) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE next text;
  BEGIN
    DELETE FROM locking.waiters WHERE key = freed AND seen_at < clock_timestamp() - ${GONE_AFTER};
    DELETE FROM locking.waiters WHERE key = freed AND asker = (
      SELECT asker FROM locking.waiters WHERE key = freed ORDER BY asked_at LIMIT 1
    ) RETURNING asker INTO next;
    IF next IS NULL THEN
      DELETE FROM locking.locks WHERE key = freed;
    ELSE
      INSERT INTO locking.locks AS held (key, owner, token, asker, process, granted_at, expires_at)
      VALUES (freed, '', 0, next, '', clock_timestamp(), clock_timestamp() + ${KEEP})
      ON CONFLICT (key) DO UPDATE SET owner = '', asker = next, process = '', expires_at = excluded.expires_at;
      PERFORM pg_notify('locking', next || ' ' || freed);
    END IF;
  END $$`;

/**
 * All keys or none. Granted: the token. Refused: milliseconds until the keys may be free, and when this process first asked; `waits` puts
 * it in the line of each key that it did not get.
 */
const ACQUIRE = `
  CREATE FUNCTION locking.acquire(
    wanted text[], claim jsonb, OUT granted bigint, OUT free_in_ms double precision, OUT asked text
  ) LANGUAGE plpgsql AS $$
  DECLARE me text := claim->>'asker'; until timestamptz;
  BEGIN
    PERFORM locking.guard(wanted);
    SELECT max(expires_at) INTO until FROM locking.locks
    WHERE key = ANY (wanted) AND expires_at > clock_timestamp() AND (owner <> '' OR asker <> me);
    IF until IS NULL THEN
      granted := nextval('locking.tokens');
      INSERT INTO locking.locks AS held (key, owner, token, asker, process, granted_at, expires_at)
      SELECT key, claim->>'owner', granted, me, claim->>'process', clock_timestamp(),
             clock_timestamp() + (claim->>'ttlMs')::int * interval '1 millisecond'
      FROM unnest(wanted) AS key ORDER BY key
      ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, token = excluded.token, asker = excluded.asker,
        process = excluded.process, granted_at = excluded.granted_at, expires_at = excluded.expires_at;
      IF claim->>'asked' IS NOT NULL THEN DELETE FROM locking.waiters WHERE key = ANY (wanted) AND asker = me; END IF;
      RETURN;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    free_in_ms := extract(epoch FROM until - clock_timestamp()) * 1000;
    IF (claim->>'waits')::boolean THEN
      asked := coalesce(claim->>'asked', clock_timestamp()::text);
      PERFORM locking.pass_on(key) FROM locking.locks WHERE key = ANY (wanted) AND owner = '' AND asker = me;
      INSERT INTO locking.waiters (key, asker, asked_at, seen_at)
      SELECT key, me, asked::timestamptz, clock_timestamp() FROM locking.locks
      WHERE key = ANY (wanted) AND expires_at > clock_timestamp() ORDER BY key
      ON CONFLICT (key, asker) DO UPDATE SET seen_at = excluded.seen_at;
    END IF;
  END $$`;

/** How many of the keys the owner still had. That a crash of the server may forget it costs a ttl, and spares a write to disk. */
const RELEASE = `
  CREATE FUNCTION locking.release(freed text[], leaver text) RETURNS int LANGUAGE plpgsql AS $$
  DECLARE held record; count int := 0;
  BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM locking.guard(freed);
    FOR held IN SELECT key, expires_at FROM locking.locks WHERE key = ANY (freed) AND owner = leaver ORDER BY key FOR UPDATE
    LOOP
      IF held.expires_at > clock_timestamp() THEN count := count + 1; END IF;
      PERFORM locking.pass_on(held.key);
    END LOOP;
    RETURN count;
  END $$`;

const WITHDRAW = `
  CREATE FUNCTION locking.withdraw(wanted text[], leaver text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM locking.guard(wanted);
    DELETE FROM locking.waiters WHERE key = ANY (wanted) AND asker = leaver;
    PERFORM locking.pass_on(key) FROM locking.locks WHERE key = ANY (wanted) AND owner = '' AND asker = leaver;
  END $$`;

/** Position by position: whether the owner still has the key, and has it for its ttl from now on. */
const RENEW = `
  CREATE FUNCTION locking.renew(wanted text[], owners text[], ttls int[]) RETURNS boolean[] LANGUAGE sql AS $$
    WITH input AS (
      SELECT key, owner, ttl, position FROM unnest(wanted, owners, ttls) WITH ORDINALITY AS input (key, owner, ttl, position)
    ), held AS (
      SELECT held.key, input.ttl, input.position FROM locking.locks AS held JOIN input USING (key, owner)
      WHERE held.expires_at > clock_timestamp() ORDER BY held.key FOR UPDATE OF held
    ), updated AS (
      UPDATE locking.locks AS held_lock SET expires_at = clock_timestamp() + held.ttl * interval '1 millisecond'
      FROM held WHERE held_lock.key = held.key RETURNING held.position
    )
    SELECT array_agg(updated.position IS NOT NULL ORDER BY input.position) FROM input LEFT JOIN updated USING (position)
  $$`;

/** Whether anybody had the key. The token that it draws is nobody's: every later one is greater. */
const FORCE_RELEASE = `
  CREATE FUNCTION locking.force_release(wanted text) RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE held boolean;
  BEGIN
    PERFORM locking.guard(ARRAY[wanted]);
    PERFORM nextval('locking.tokens');
    SELECT true INTO held FROM locking.locks
    WHERE key = wanted AND owner <> '' AND expires_at > clock_timestamp();
    IF held THEN PERFORM locking.pass_on(wanted); END IF;
    RETURN coalesce(held, false);
  END $$`;

/** Every later token is greater than `above`. For data that knows tokens of another driver, or of another database. */
const RAISE_TOKENS = `
  CREATE FUNCTION locking.raise_tokens(above bigint) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(${ADVISORY_CLASS});
    IF nextval('locking.tokens') <= above THEN PERFORM setval('locking.tokens', above + ${RAISE_MARGIN}); END IF;
  END $$`;

/** Locks of the driver \`postgres\`: who has what until when, who waits, and the last token. */
export class Locks1764000080001 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA locking');
    await runner.query('CREATE SEQUENCE locking.tokens');
    await runner.query(`
      CREATE TABLE locking.locks (
        key        text COLLATE "C" PRIMARY KEY,
        owner      text COLLATE "C" NOT NULL,
        token      bigint NOT NULL,
        asker      text COLLATE "C" NOT NULL,
        process    text NOT NULL,
        granted_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)`);
    await runner.query(`
      CREATE TABLE locking.waiters (
        key      text COLLATE "C" NOT NULL,
        asker    text COLLATE "C" NOT NULL,
        asked_at timestamptz NOT NULL,
        seen_at  timestamptz NOT NULL,
        PRIMARY KEY (key, asker)
      ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02)`);
    for (const statement of [GUARD, PASS_ON, ACQUIRE, RELEASE, WITHDRAW, RENEW, FORCE_RELEASE, RAISE_TOKENS])
      await runner.query(statement);
  }
}
