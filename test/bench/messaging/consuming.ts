import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import type { MessagingSandbox } from '../../support/messaging-sandbox.js';
import { OrderPlaced, ownConnection, QUEUE } from './stage.js';

const PREFETCH = 20;

export const EFFECTS_TABLE = 'CREATE TABLE effects (subject text PRIMARY KEY, lines int NOT NULL)';

/** Counts what arrives, and tells the rate once everything has. */
class Tally {
  private count = 0;
  private target = 0;
  private startedAt = 0;
  private finish: (perSecond: number) => void = () => undefined;

  expect(target: number): Promise<number> {
    [this.count, this.target] = [0, target];
    return new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  note(arrived = 1): void {
    if (this.count === 0) this.startedAt = performance.now();
    this.count += arrived;
    if (this.count === this.target) this.finish((this.count * 1_000) / (performance.now() - this.startedAt));
  }
}

const tally = new Tally();

@Controller()
export class InBatches {
  @Consumes(OrderPlaced, QUEUE)
  async onPlaced(
    @Payload() events: readonly ReceivedEvent<typeof OrderPlaced>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const sql = 'INSERT INTO effects (subject, lines) SELECT * FROM unnest($1::text[], $2::int[])';
    await tx.query(sql, [events.map(({ subject }) => subject), events.map(({ data }) => data.lines.length)]);
    tally.note(events.length);
  }
}

/** Messages a second by a consumer of ours, each with its inbox row and an effect of one statement. */
export async function consumerRate(sandbox: MessagingSandbox, count: number): Promise<number> {
  const rate = tally.expect(count);
  const worker = await sandbox.startWorker([InBatches]);
  const perSecond = await rate;
  await worker.stop();
  return perSecond;
}

/** Messages a second by amqplib alone: taken and acknowledged. */
export async function bareConsumerRate(sandbox: MessagingSandbox, count: number): Promise<number> {
  const connection = await ownConnection();
  const channel = await connection.createChannel();
  await channel.prefetch(PREFETCH);
  const rate = tally.expect(count);
  await channel.consume(sandbox.queue(QUEUE), (message) => {
    if (message === null) throw new Error('The queue is gone.');
    channel.ack(message);
    tally.note();
  });
  const perSecond = await rate;
  await channel.close();
  await connection.close();
  return perSecond;
}
