import { Logger } from '@nestjs/common';
import { IllegalOperationError, type ChannelModel, type ConfirmChannel, type Message, type Options } from 'amqplib';
import { reasonOf } from '../../error-text.js';
import type { PublishResult } from '../transport.js';
import type { BrokerConnection } from './broker-connection.js';

const CONFIRM_LIMIT_MS = 5_000;
/** amqplib's words for a nack; any other error says that the channel has ended. */
const NACKED = 'message nacked';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
  /** Whether a queue must have taken it: without, the broker confirms what it has thrown away. */
  readonly mandatory: boolean;
}

interface Pending {
  readonly publication: Publication;
  returned?: string;
}

/** A confirm channel. Publishes are pipelined: the broker confirms many with one answer. */
export class Publisher {
  private readonly logger = new Logger(Publisher.name);
  private readonly pending = new Set<Pending>();
  private channel: ConfirmChannel | undefined;

  constructor(private readonly connection: BrokerConnection) {}

  get ready(): boolean {
    return this.channel !== undefined && this.connection.usable;
  }

  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('return', (message) => this.noteReturn(message));
    channel.on('error', (error) => {
      this.logger.error({ msg: 'RabbitMQ closed the publishing channel, connecting anew', reason: reasonOf(error) });
      void this.connection.renew();
    });
    channel.on('close', () => {
      if (this.channel === channel) this.channel = undefined;
    });
    this.channel = channel;
  }

  /** Never rejects. Settles within 5 s. */
  publish(publication: Publication): Promise<PublishResult> {
    const { channel } = this;
    if (!channel) return Promise.resolve({ result: 'unknown', reason: 'not connected' });
    const pending: Pending = { publication };
    this.pending.add(pending);
    return new Promise<PublishResult>((resolve) => {
      const settle = (result: PublishResult) => {
        clearTimeout(limit);
        this.pending.delete(pending);
        resolve(result);
      };
      const limit = setTimeout(() => settle(this.unconfirmed()), CONFIRM_LIMIT_MS);
      try {
        const { exchange, routingKey, body, properties, mandatory } = publication;
        const options = { ...properties, mandatory, persistent: true };
        channel.publish(exchange, routingKey, body, options, (error: unknown) => settle(this.resultOf(pending, error)));
      } catch (error) {
        // A channel or connection that is ending throws too; what cannot be encoded throws anything else.
        const result = error instanceof IllegalOperationError ? 'unknown' : 'unencodable';
        settle({ result, reason: reasonOf(error) });
      }
    });
  }

  private resultOf(pending: Pending, error: unknown): PublishResult {
    if (pending.returned !== undefined) return { result: 'returned', reason: pending.returned };
    if (error === null) return { result: 'confirmed' };
    const reason = reasonOf(error);
    return { result: reason === NACKED ? 'refused' : 'unknown', reason };
  }

  /** One queue without a leader confirms nothing while others do, so silence counts against the message, unless all have to wait. */
  private unconfirmed(): PublishResult {
    const reason = `no confirm within ${CONFIRM_LIMIT_MS} ms`;
    return { result: this.ready ? 'refused' : 'unknown', reason };
  }

  /** The return comes before the confirm. Where two alike are under way both count as returned: one is then sent once too often. */
  private noteReturn({ fields, properties }: Message): void {
    const { replyText } = fields as { replyText?: string };
    for (const pending of this.pending) {
      const { exchange, routingKey, properties: sent } = pending.publication;
      const alike =
        fields.exchange === exchange &&
        fields.routingKey === routingKey &&
        properties.messageId === (sent.messageId ?? properties.messageId);
      if (alike) pending.returned = `returned by RabbitMQ: ${replyText ?? 'no queue'}`;
    }
  }
}
