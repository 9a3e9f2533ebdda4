import { Injectable, Logger } from '@nestjs/common';
import type { Options } from 'amqplib';
import type { Client } from 'pg';
import type { Id } from '#kernel';
import { isBrokerHeader } from '../transports/rabbitmq/broker-headers.js';
import { Broker } from '../transports/rabbitmq/broker.js';
import type { Outcome } from '../transports/rabbitmq/publisher.js';
import { REPLAY_HEADER } from './parse-dead-letter.js';

/** Published together; their bodies are in memory. */
const BATCH_MAX = 20;

/** What our consumers have noted about earlier failures. */
const FAILURE_NOTE = /^x-(tries|retry-level|error|first-failed|last-failed|queue|original|replay)/i;

const ASKED_FOR = `
  SELECT id, queue, message_id AS "messageId", body, properties, replays FROM messaging.dead_letters
  WHERE status = 'replaying' ORDER BY id LIMIT ${BATCH_MAX}`;

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

interface Asked {
  readonly id: Id<'dead'>;
  readonly queue: string;
  readonly messageId: string;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly replays: number;
}

/**
 * Puts letters back into the queues they died in, past everybody else who wants the event; their failures are forgotten, everything else
 * is as it was. At least once: a crash between confirm and mark repeats it, and the inbox lets one take effect.
 */
@Injectable()
export class Replays {
  private readonly logger = new Logger(Replays.name);

  constructor(private readonly broker: Broker) {}

  /** A batch of what was asked for. Whether it is worth looking for more at once. */
  async send(client: Client): Promise<boolean> {
    const { rows } = await client.query<Asked>(ASKED_FOR);
    if (rows.length === 0) return false;
    const outcomes = await Promise.all(rows.map(async (row) => ({ row, outcome: await this.publish(row) })));
    const sent = outcomes.filter(({ outcome }) => outcome.result === 'confirmed').map(({ row }) => row);
    await client.query(SENT, [sent.map(({ id }) => id), sent.map(({ replays }) => replays)]);
    const refused = outcomes.flatMap(({ row: { id, queue }, outcome }) =>
      outcome.result === 'confirmed' || outcome.result === 'unknown' ? [] : [{ id, queue, reason: outcome.reason }],
    );
    if (refused.length > 0) await this.giveBack(client, refused);
    return sent.length + refused.length > 0;
  }

  private publish({ queue, messageId, body, properties, replays }: Asked): Promise<Outcome> {
    return this.broker.events.publish({
      exchange: '',
      routingKey: this.broker.names.queue(queue),
      body,
      properties: { ...replayedProperties(properties, replays), messageId },
      mandatory: true,
    });
  }

  /** To the people who asked for it: waiting for the broker to take it would hide that it does not. */
  private async giveBack(
    client: Client,
    refused: readonly { readonly id: string; readonly queue: string; readonly reason: string }[],
  ): Promise<void> {
    await client.query(REFUSED, [refused.map(({ id }) => id), refused.map(({ reason }) => reason.slice(0, 500))]);
    for (const { id, queue, reason } of refused) {
      this.logger.error({ msg: 'dead letter could not be replayed and waits again', id, queue, reason });
    }
    // Somebody may have deleted the queue.
    void this.broker.repair();
  }
}

function replayedProperties(stored: Readonly<Record<string, unknown>>, replays: number): Options.Publish {
  const { type, correlationId, contentType, contentEncoding, timestamp, appId } = stored;
  const kept = Object.entries({ type, correlationId, contentType, contentEncoding, timestamp, appId }).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  const headers = Object.entries((stored['headers'] ?? {}) as Record<string, unknown>).filter(
    ([name]) => !FAILURE_NOTE.test(name) && !isBrokerHeader(name),
  );
  // First, because only so many headers travel on with a message that fails.
  return { ...Object.fromEntries(kept), headers: { [REPLAY_HEADER]: replays, ...Object.fromEntries(headers) } };
}
