import { setTimeout as pause } from 'node:timers/promises';
import type { MessagingSandbox } from '../../support/messaging-sandbox.js';
import { BATCH, OrderPlaced, ownConnection, QUEUE, type Sample } from './stage.js';

/** Events a second from amqplib alone: a batch is published, all its confirms awaited, then the next one. */
export async function bareRate(sandbox: MessagingSandbox, sample: Sample, count: number): Promise<number> {
  const connection = await ownConnection();
  const channel = await connection.createConfirmChannel();
  channel.on('return', () => {
    throw new Error('No queue took the message.');
  });
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += BATCH) {
    const confirms = Array.from({ length: BATCH }, () => {
      const { body, properties } = sample.another();
      return new Promise<void>((resolve, reject) => {
        channel.publish(sandbox.queue('events'), OrderPlaced.type, body, properties, (error: unknown) =>
          error === null ? resolve() : reject(error),
        );
      });
    });
    await Promise.all(confirms);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await connection.close();
  return count / seconds;
}

// One statement, so that all wait in the outbox when the relay is woken.
const FILL = `
  WITH filled AS (
    INSERT INTO messaging.outbox (id, type, source, subject, sequence, data, mandatory, correlation_id, traceparent)
    SELECT gen_random_uuid(), $2, 'bench', gen_random_uuid(), 1, $3::json, true, replace(gen_random_uuid()::text, '-', ''),
           '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    FROM generate_series(1, $1))
  SELECT pg_notify('messaging_outbox', '')`;

const PROGRESS = `
  SELECT count(*) FILTER (WHERE published_at IS NULL)::int AS waiting,
         extract(epoch FROM max(published_at) - min(published_at))::float8 AS seconds FROM messaging.outbox`;

/** Events a second from the outbox to marked as published, by a worker that is connected and idle. */
export async function relayRate(sandbox: MessagingSandbox, count: number): Promise<number> {
  await sandbox.db.query('TRUNCATE messaging.outbox');
  await sandbox.db.query(FILL, [count, OrderPlaced.type, JSON.stringify(OrderPlaced.example)]);
  for (;;) {
    const { waiting, seconds } = (await sandbox.db.query(PROGRESS)).rows[0];
    // From the first batch's mark to the last one's.
    if (waiting === 0) return (count - BATCH) / seconds;
    await pause(100);
  }
}

export async function emptied(sandbox: MessagingSandbox): Promise<void> {
  await sandbox.channel.purgeQueue(sandbox.queue(QUEUE));
}
