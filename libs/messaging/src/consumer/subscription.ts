import { setMaxListeners } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { backoffMs } from '#kernel';
import type { Broker } from '../transports/rabbitmq/broker.js';
import { pause, within } from '../concurrency/pause.js';
import { reasonOf } from '../connection-status-logger.js';
import type { ConsumedQueue, DeliverySignals, Outcome, ShutdownSignals } from './consumed-queue.js';
import type { CircuitBreaker, Shift } from './circuit-breaker.js';
import type { MessageRunner } from './message-runner.js';

/** Deliveries that a queue may have here unacknowledged. */
const PREFETCH_MAX = 20;
/** While one batch is handled the next one can gather, and a third is on its way. */
const BATCHES_PREFETCHED = 3;
const RESUBSCRIBE_BASE_MS = 200;
const RESUBSCRIBE_MAX_MS = 5_000;
const ANSWER_LIMIT_MS = 1_000;

/** Why a subscription ended: the circuit breaker pauses the queue or lets it go on. */
const SWITCHED = 'switched';

interface Accepted {
  readonly channel: Channel;
  readonly message: ConsumeMessage;
  readonly shift: Shift;
  readonly stopping: DeliverySignals;
}

export interface SubscriptionDependencies {
  readonly broker: Broker;
  readonly runner: Pick<MessageRunner, 'run'>;
  readonly stopping: ShutdownSignals;
  readonly circuitBreaker: CircuitBreaker;
}

/** Consumes one queue on a channel of its own, and subscribes again whenever that ends. */
export class Subscription {
  private readonly logger = new Logger(Subscription.name);
  private readonly underWay = new Set<Promise<void>>();
  private readonly channels = new Set<Channel>();
  private consumer: { readonly channel: Channel; readonly tag: string } | undefined;

  constructor(
    private readonly queue: ConsumedQueue,
    private readonly dependencies: SubscriptionDependencies,
  ) {}

  /** Stays subscribed for as long as this connection lives and the process does not drain. Never rejects. */
  async consumeOn(model: ChannelModel, closed: AbortSignal): Promise<void> {
    const { broker, stopping, circuitBreaker } = this.dependencies;
    for (let failures = 1; !closed.aborted && !stopping.draining.aborted; failures += 1) {
      try {
        await pause(circuitBreaker.pauseMs, AbortSignal.any([closed, stopping.draining]));
        if (closed.aborted || stopping.draining.aborted) return;
        const reason = await this.consume(model, () => {
          failures = 0;
        });
        if (closed.aborted || stopping.draining.aborted) return;
        if (reason === SWITCHED) continue;
        this.logger.warn({ msg: 'subscription ended, subscribing again', queue: this.queue.name, reason });
      } catch (error) {
        if (closed.aborted) return;
        this.logger.warn({ msg: 'could not subscribe, trying again', queue: this.queue.name, reason: reasonOf(error) });
      }
      await pause(backoffMs(failures + 1, RESUBSCRIBE_BASE_MS, RESUBSCRIBE_MAX_MS), closed);
      await broker.repair();
    }
  }

  /** No more deliveries from now on. Those that are here go on. */
  async cancel(): Promise<void> {
    if (!this.consumer) return;
    const { channel, tag } = this.consumer;
    try {
      await within(ANSWER_LIMIT_MS, channel.cancel(tag));
    } catch (error) {
      this.logger.debug({ msg: 'subscription had ended already', queue: this.queue.name, reason: reasonOf(error) });
    }
  }

  /** Resolves once every delivery that is here has been settled. */
  async drained(): Promise<void> {
    await Promise.all(this.underWay);
  }

  /** The broker has every acknowledgement by then: closing the connection at once could overtake them. */
  async close(): Promise<void> {
    await Promise.all([...this.channels].map((channel) => this.closeChannel(channel)));
  }

  /** Resolves with the reason when the subscription ends. */
  private async consume(model: ChannelModel, onSubscribed: () => void): Promise<string> {
    const shift = this.dependencies.circuitBreaker.begin();
    const gone = new AbortController();
    const stopping = {
      ...this.dependencies.stopping,
      draining: AbortSignal.any([this.dependencies.stopping.draining, shift.ended, gone.signal]),
      gone: gone.signal,
    };
    // Every delivery that waits for another try listens.
    setMaxListeners(0, stopping.draining);
    const channel = await model.createChannel();
    this.channels.add(channel);
    channel.on('close', () => {
      this.channels.delete(channel);
      gone.abort();
    });
    const ended = new Promise<string>((resolve) => {
      channel.on('error', (error) => resolve(reasonOf(error)));
      channel.on('close', () => resolve('channel closed'));
      channel.on('cancelled', () => resolve('cancelled by RabbitMQ'));
      shift.ended.addEventListener('abort', () => resolve(SWITCHED), { once: true });
    });
    await channel.prefetch(shift.probing ? 1 : prefetchOf(this.queue));
    const { consumerTag: tag } = await channel.consume(
      this.dependencies.broker.names.queue(this.queue.name),
      (message) => {
        // Null says that RabbitMQ has cancelled: the queue was deleted, for instance.
        if (message === null) channel.emit('cancelled');
        else this.accept(this.settle({ channel, message, shift, stopping }));
      },
    );
    this.consumer = { channel, tag };
    onSubscribed();
    // A process that began to stop meanwhile found nothing to cancel. It would give back what comes, and get it again at once.
    if (this.dependencies.stopping.draining.aborted) await this.cancel();
    const reason = await ended;
    if (reason === SWITCHED) await this.cancel();
    this.consumer = undefined;
    void this.retire(channel);
    return reason;
  }

  private accept(settled: Promise<void>): void {
    const work = settled.finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  private async settle({ channel, message, shift, stopping }: Accepted): Promise<void> {
    const queue = this.queue.name;
    let isUndecided = false;
    const outcome = await this.dependencies.runner
      .run(this.queue, message, stopping)
      .catch((error: unknown): Outcome => {
        this.logger.error({ msg: 'delivery failed unexpectedly, it returns to its queue', queue }, error);
        isUndecided = true;
        return 'requeued';
      });
    shift.note(outcome);
    try {
      // Newer brokers count only a reject at the delivery limit: an undecided delivery must not come back for ever.
      if (isUndecided) channel.reject(message, true);
      else if (outcome === 'requeued') channel.nack(message, false, true);
      else channel.ack(message);
    } catch (error) {
      // The broker delivers it again, and the inbox knows it.
      this.logger.debug({ msg: 'acknowledgement came too late', queue, reason: reasonOf(error) });
    }
  }

  /** Deliveries that are here can still be acknowledged on a channel whose consumer was cancelled. */
  private async retire(channel: Channel): Promise<void> {
    await this.drained();
    await this.closeChannel(channel);
  }

  private async closeChannel(channel: Channel): Promise<void> {
    try {
      await within(ANSWER_LIMIT_MS, channel.close());
    } catch (error) {
      this.logger.debug({ msg: 'channel had closed already', queue: this.queue.name, reason: reasonOf(error) });
    }
  }
}

function prefetchOf({ handlers }: ConsumedQueue): number {
  const batches = [...handlers.values()].map((handler) => ('batchMax' in handler ? handler.batchMax : 0));
  return Math.max(PREFETCH_MAX, BATCHES_PREFETCHED * Math.max(...batches));
}
