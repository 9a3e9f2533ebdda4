import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from '#database';

/**
 * Dead letters: messages that a queue's consumer gave up on, until a person has decided. One row a queue, message id and body, so a
 * message that arrives twice, or again after a replay, is one letter. History: what was decided by whom, and what came of it. It names
 * message and queue itself and holds no body, so it can outlive the letter.
 */
export class DeadLetters1764000060002 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE messaging.dead_letters (
        id                   text COLLATE "C" PRIMARY KEY,
        queue                text COLLATE "C" NOT NULL,
        message_id           text COLLATE "C" NOT NULL,
        type                 text COLLATE "C",
        source               text COLLATE "C",
        subject              text COLLATE "C",
        sequence             bigint,
        body                 bytea NOT NULL,
        properties           jsonb NOT NULL,
        error                text COLLATE "C" NOT NULL,
        detail               text NOT NULL,
        stack                text NOT NULL,
        attempts             integer NOT NULL,
        first_failed_at      timestamptz NOT NULL,
        last_failed_at       timestamptz NOT NULL,
        original_exchange    text,
        original_routing_key text,
        archived_at          timestamptz NOT NULL DEFAULT now(),
        status               text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'replaying', 'replayed', 'discarded')),
        changed_at           timestamptz NOT NULL DEFAULT now(),
        replays              integer NOT NULL DEFAULT 0
      )`);
    await runner.query(
      'CREATE UNIQUE INDEX dead_letters_one_a_message ON messaging.dead_letters (queue, message_id, sha256(body))',
    );
    await runner.query(
      `CREATE INDEX dead_letters_waiting ON messaging.dead_letters (queue, error, id) WHERE status = 'waiting'`,
    );
    await runner.query(`CREATE INDEX dead_letters_replaying ON messaging.dead_letters (id) WHERE status = 'replaying'`);
    await runner.query(`
      CREATE INDEX dead_letters_settled ON messaging.dead_letters (changed_at) WHERE status IN ('replayed', 'discarded')`);
    await runner.query(`
      CREATE TABLE messaging.dead_letter_history (
        position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        dead_letter_id text COLLATE "C" NOT NULL,
        queue          text COLLATE "C" NOT NULL,
        message_id     text COLLATE "C" NOT NULL,
        type           text,
        action         text NOT NULL CHECK (action IN ('replay', 'replay_refused', 'failed_again', 'discard')),
        actor          text,
        note           text,
        at             timestamptz NOT NULL DEFAULT now(),
        CHECK (action NOT IN ('replay', 'discard') OR actor IS NOT NULL),
        CHECK (action <> 'discard' OR length(note) BETWEEN 1 AND 500)
      )`);
    await runner.query(
      'CREATE INDEX dead_letter_history_of ON messaging.dead_letter_history (dead_letter_id, position)',
    );
  }
}
