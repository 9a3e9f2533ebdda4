import { Logger } from '@nestjs/common';
import type { Channel, ConsumeMessage } from 'amqplib';
import { backoffMs, pause, within } from '#kernel';
import { reasonOf } from '../../error-text.js';
import type { Outcome } from '../transport.js';
import type { BrokerConnection, OpenConnection } from './broker-connection.js';

const RESUBSCRIBE_BASE_MS = 200;
const RESUBSCRIBE_MAX_MS = 5_000;
const ANSWER_LIMIT_MS = 1_000;

export interface SubscriptionOptions {
  /** Name on the broker. */
  readonly queue: string;
  readonly prefetch: number;
  readonly until: AbortSignal;
  /** `lost` aborts when the channel of the delivery has closed. */
  readonly deliver: (message: ConsumeMessage, lost: AbortSignal) => Promise<Outcome>;
  /** Declares again what somebody may have deleted. Never rejects. */
  readonly repair: () => Promise<void>;
}

/** Consumes one queue on a channel of its own, and subscribes again whenever that ends. */
export class RabbitMqSubscription {
  private readonly logger = new Logger(RabbitMqSubscription.name);
  private readonly underWay = new Set<Promise<void>>();
  private readonly channels = new Set<Channel>();

  constructor(
    private readonly connection: BrokerConnection,
    private readonly options: SubscriptionOptions,
  ) {}

  /** Until `until` aborts and every delivery is settled. Never rejects. */
  async run(): Promise<void> {
    const { queue, until, repair } = this.options;
    for (let failures = 0; !until.aborted; failures += 1) {
      const open = await this.connection.opened(until);
      if (!open) break;
      try {
        const reason = await this.consume(open, () => {
          failures = 0;
        });
        if (until.aborted) break;
        if (open.closed.aborted) continue;
        this.logger.warn({ msg: 'subscription ended, subscribing again', queue, reason });
      } catch (error) {
        if (open.closed.aborted) continue;
        this.logger.warn({ msg: 'could not subscribe, trying again', queue, reason: reasonOf(error) });
      }
      await pause(backoffMs(failures + 1, RESUBSCRIBE_BASE_MS, RESUBSCRIBE_MAX_MS), until);
      if (!until.aborted) await repair();
    }
    await Promise.all(this.underWay);
    await this.close();
  }

  /** The broker has every acknowledgement by then: closing the connection at once could overtake them. */
  async close(): Promise<void> {
    await Promise.all([...this.channels].map((channel) => this.closeChannel(channel)));
  }

  /** Resolves with the reason when the subscription ends. */
  private async consume({ model }: OpenConnection, onSubscribed: () => void): Promise<string> {
    const { queue, prefetch, until } = this.options;
    const lost = new AbortController();
    const channel = await model.createChannel();
    this.channels.add(channel);
    channel.on('close', () => {
      this.channels.delete(channel);
      lost.abort();
    });
    const ended = new Promise<string>((resolve) => {
      channel.on('error', (error) => resolve(reasonOf(error)));
      channel.on('close', () => resolve('channel closed'));
      channel.on('cancelled', () => resolve('cancelled by RabbitMQ'));
      until.addEventListener('abort', () => resolve('stopped'), { once: true });
    });
    await channel.prefetch(prefetch);
    const { consumerTag } = await channel.consume(queue, (message) => {
      // Null says that RabbitMQ has cancelled: the queue was deleted, for instance.
      if (message === null) channel.emit('cancelled');
      else this.accept(this.settle(channel, message, lost.signal));
    });
    onSubscribed();
    const reason = until.aborted ? 'stopped' : await ended;
    if (until.aborted) await this.cancel(channel, consumerTag);
    // Deliveries that are here can still be acknowledged on a channel without a consumer.
    else void Promise.all(this.underWay).then(() => this.closeChannel(channel));
    return reason;
  }

  private accept(settled: Promise<void>): void {
    const work = settled.finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async settle(channel: Channel, message: ConsumeMessage, lost: AbortSignal): Promise<void> {
    const { queue, deliver } = this.options;
    let isUndecided = false;
    const outcome = await deliver(message, lost).catch((error: unknown): Outcome => {
      this.logger.error({ msg: 'delivery failed unexpectedly, it returns to its queue', queue }, error);
      isUndecided = true;
      return 'requeued';
    });
    try {
      // Newer brokers count only a reject at the delivery limit: an undecided delivery must not come back for ever.
      if (isUndecided) channel.reject(message, true);
      else if (outcome === 'requeued') channel.nack(message, false, true);
      else channel.ack(message);
    } catch (error) {
      // The broker delivers it again, and the inbox recognises it.
      this.logger.debug({ msg: 'acknowledgement came too late', queue, reason: reasonOf(error) });
    }
  }

  private async cancel(channel: Channel, consumerTag: string): Promise<void> {
    await this.answered('subscription had ended already', () => channel.cancel(consumerTag));
  }

  private async closeChannel(channel: Channel): Promise<void> {
    if (this.channels.has(channel)) await this.answered('channel had closed already', () => channel.close());
  }

  private async answered(orElse: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      await within(ANSWER_LIMIT_MS, ask());
    } catch (error) {
      this.logger.debug({ msg: orElse, queue: this.options.queue, reason: reasonOf(error) });
    }
  }
}
