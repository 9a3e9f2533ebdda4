import { Logger } from '@nestjs/common';
import type { Channel, ChannelModel } from 'amqplib';
import type { EventCatalogue } from '../../events/event-catalogue.js';
import type { BrokerNames } from './broker-names.js';

/**
 * Net under messages that crash every process that takes them: they come back unacknowledged this often before the broker itself
 * moves them to the dead letters. Retries of a living process are not counted here: they are published anew, and what cannot be
 * published is kept.
 */
const CRASHES_MAX = 20;
/**
 * Dead letters are kept unacknowledged while they cannot be archived, however often they come again. Without a number of its own
 * RabbitMQ 4 deletes what comes back for the 21st time.
 */
const ARCHIVINGS_MAX = 1_000_000_000;
/** A queue this long has no consumer. The broker then refuses more, and the outbox keeps them. */
const QUEUE_LENGTH_MAX = 1_000_000;

const PRECONDITION_FAILED = 406;

const quorum = { 'x-queue-type': 'quorum' };
/** The broker deletes its copy only once the target queue has confirmed: that takes a source that refuses when it is full. */
const moveSafely = {
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
  'x-dead-letter-exchange': '',
};

/** Every exchange, queue and binding. Declaring is idempotent; arguments of a queue that exists cannot be changed by it. */
export class Topology {
  private readonly logger = new Logger(Topology.name);

  constructor(
    private readonly names: BrokerNames,
    private readonly catalogue: EventCatalogue,
    private readonly retryDelaysSeconds: readonly number[],
  ) {}

  /**
   * Targets before what points to them: a dead letter whose queue is missing would wait, invisibly, for minutes.
   *
   * @throws when the broker refuses, for instance because a queue exists with other arguments.
   */
  async declare(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    // The refused call rejects with the same error; without a listener it would end the process.
    channel.on('error', () => undefined);
    await channel.assertExchange(this.names.events, 'topic', { durable: true });
    for (const [queue, types] of this.catalogue.queues) {
      await this.declareDeadLetters(model, this.names.deadLetters(queue));
      await this.declareQueue(channel, queue, types);
    }
    for (const delay of new Set(this.retryDelaysSeconds)) await this.declareRetryQueue(channel, delay);
    await channel.close();
  }

  /** One that exists with other arguments stays as it is: there may be letters in it. */
  private async declareDeadLetters(model: ChannelModel, name: string): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    try {
      const limited = { ...quorum, 'x-delivery-limit': ARCHIVINGS_MAX };
      await channel.assertQueue(name, { durable: true, arguments: limited });
      await channel.close();
    } catch (error) {
      if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
      this.logger.warn({ msg: 'dead letters stay in a queue with other arguments than are declared now', queue: name });
    }
  }

  private async declareQueue(channel: Channel, queue: string, types: readonly string[]): Promise<void> {
    const [name, deadLetters] = [this.names.queue(queue), this.names.deadLetters(queue)];
    await channel.assertQueue(name, {
      durable: true,
      arguments: {
        ...quorum,
        ...moveSafely,
        'x-dead-letter-routing-key': deadLetters,
        'x-delivery-limit': CRASHES_MAX,
        'x-max-length': QUEUE_LENGTH_MAX,
      },
    });
    for (const type of types) await channel.bindQueue(name, this.names.events, type);
  }

  /**
   * A message is published with the queue it came from as its routing key. When its time is up the default exchange takes it back
   * there. One queue a delay: in a queue of mixed delays a long one holds up the short ones behind it.
   */
  private async declareRetryQueue(channel: Channel, delaySeconds: number): Promise<void> {
    const name = this.names.retry(delaySeconds);
    await channel.assertExchange(name, 'fanout', { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: { ...quorum, ...moveSafely, 'x-message-ttl': delaySeconds * 1_000 },
    });
    await channel.bindQueue(name, name, '');
  }
}
