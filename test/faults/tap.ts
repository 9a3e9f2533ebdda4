import { setTimeout } from 'node:timers/promises';
import { connect, type ChannelModel } from 'amqplib';

const SETTLES_MS = 3_000;

interface Published {
  readonly id: string;
  readonly subject: string;
  readonly sequence: number;
}

/** A queue of the test's own that gets a copy of every event a shop publishes. */
export class Tap {
  private constructor(
    private readonly url: string,
    private readonly namespace: string,
  ) {}

  /** @param namespace of the shop */
  static async open(url: string, namespace: string): Promise<Tap> {
    const tap = new Tap(url, namespace);
    await tap.with(async (connection) => {
      const channel = await connection.createChannel();
      await channel.assertQueue(tap.queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
      await channel.bindQueue(tap.queue, `${namespace}.events`, '#');
    });
    // RabbitMQ 3.10 can lose the leader of a quorum queue for ever when it is killed right after it made the queue.
    await setTimeout(SETTLES_MS);
    return tap;
  }

  /** Everything so far, in the order in which it came. The tap is closed by it. */
  async drain(): Promise<Published[]> {
    const published: Published[] = [];
    await this.with(async (connection) => {
      const channel = await connection.createChannel();
      for (;;) {
        const message = await channel.get(this.queue, { noAck: true });
        if (message === false) break;
        const { 'ce-source': source, 'ce-subject': subject, 'ce-sequence': sequence } = message.properties.headers!;
        published.push({ id: message.properties.messageId, subject: `${source} ${subject}`, sequence });
      }
      await channel.deleteQueue(this.queue);
    });
    return published;
  }

  private get queue(): string {
    return `${this.namespace}.tap`;
  }

  private async with(work: (connection: ChannelModel) => Promise<void>): Promise<void> {
    const connection = await connect(this.url);
    try {
      await work(connection);
    } finally {
      await connection.close();
    }
  }
}

/** How many came before one that precedes them about the same subject; a repetition counts where it was first seen. */
export function outOfOrder(published: readonly Published[]): number {
  const seen = new Set<string>();
  const last = new Map<string, number>();
  let wrong = 0;
  for (const { id, subject, sequence } of published) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (sequence < (last.get(subject) ?? 0)) wrong += 1;
    last.set(subject, Math.max(sequence, last.get(subject) ?? 0));
  }
  return wrong;
}
