import { Injectable, Logger } from '@nestjs/common';
import type { Client } from 'pg';
import type { Id } from '#kernel';
import { Transport, type ReplayedMessage } from '../transports/transport.js';

/** Published together; their bodies are in memory. */
const BATCH_MAX = 20;

const REQUESTED = `
  SELECT id AS "letterId", queue, message_id AS id, body, properties, replays FROM messaging.dead_letters
  WHERE status = 'replaying' ORDER BY dead_letters.id LIMIT ${BATCH_MAX}`;

// Not one that has failed again meanwhile.
const SENT = `
  UPDATE messaging.dead_letters AS letter SET status = 'replayed', changed_at = now()
  FROM unnest($1::text[], $2::int[]) AS sent (id, replays)
  WHERE letter.id = sent.id AND letter.replays = sent.replays AND letter.status = 'replaying'`;

const REFUSED = `
  WITH refused AS (
    UPDATE messaging.dead_letters AS letter SET status = 'waiting', changed_at = now()
    FROM unnest($1::text[], $2::text[]) AS refused (id, reason)
    WHERE letter.id = refused.id AND letter.status = 'replaying'
    RETURNING letter.id, queue, message_id, type, reason
  )
  INSERT INTO messaging.dead_letter_history (dead_letter_id, queue, message_id, type, action, note)
  SELECT id, queue, message_id, type, 'replay_refused', reason FROM refused`;

interface Requested extends ReplayedMessage {
  readonly letterId: Id<'dead'>;
}

/**
 * Puts letters back into their own queues, where no other queue of the event gets them; their failures are forgotten. At least once: a
 * crash between confirm and mark repeats it, and the inbox lets one take effect.
 */
@Injectable()
export class Replays {
  private readonly logger = new Logger(Replays.name);

  constructor(private readonly transport: Transport) {}

  /** Sends a batch of the requested replays. Returns whether it is worth looking for more at once. */
  async send(client: Client): Promise<boolean> {
    const { rows } = await client.query<Requested>(REQUESTED);
    if (rows.length === 0) return false;
    const results = await Promise.all(rows.map(async (row) => ({ row, result: await this.transport.replay(row) })));
    const sent = results.filter(({ result: { result } }) => result === 'confirmed').map(({ row }) => row);
    await client.query(SENT, [sent.map(({ letterId }) => letterId), sent.map(({ replays }) => replays)]);
    const refused = results.flatMap(({ row: { letterId: id, queue }, result }) =>
      result.result === 'confirmed' || result.result === 'unknown' ? [] : [{ id, queue, reason: result.reason }],
    );
    if (refused.length > 0) await this.giveBack(client, refused);
    return sent.length + refused.length > 0;
  }

  /** To the people who asked for it: a replay that is retried for ever would hide that the queue is gone. */
  private async giveBack(
    client: Client,
    refused: readonly { readonly id: string; readonly queue: string; readonly reason: string }[],
  ): Promise<void> {
    await client.query(REFUSED, [refused.map(({ id }) => id), refused.map(({ reason }) => reason.slice(0, 500))]);
    for (const { id, queue, reason } of refused) {
      this.logger.error({ msg: 'dead letter could not be replayed and waits again', id, queue, reason });
    }
  }
}
