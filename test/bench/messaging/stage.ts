import { randomUUID } from 'node:crypto';
import { connect, type ChannelModel, type Options } from 'amqplib';
import { z } from 'zod';
import { loadConfig } from '#config';
import { defineEvent, message, type OutboxMessage } from '#messaging';
import { MessagingSandbox } from '../../support/messaging-sandbox.js';

export const QUEUE = 'bench.order-placed';
export const BATCH = 100;

/** About as large as a placed order. */
export const OrderPlaced = defineEvent({
  type: 'order.placed.v1',
  source: 'bench',
  description: 'An order, as far as a benchmark is concerned.',
  schema: z.object({ orderId: z.string(), lines: z.array(z.object({ sku: z.string(), quantity: z.int() })) }),
  example: {
    orderId: 'order_01h2xcejqtf2nbrexx3vqjhp41',
    lines: [
      { sku: 'KETTLE-GOOSENECK-10', quantity: 1 },
      { sku: 'CUP-STONEWARE-2', quantity: 4 },
    ],
  },
  queues: [QUEUE],
});

export const placed = (subject: string): OutboxMessage =>
  message(OrderPlaced, { subject, sequence: 1, data: OrderPlaced.example });

/** What a message on the wire is made of. */
export interface Wire {
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** A message exactly as the relay sends it; consumers take each copy for an event of its own. */
export class Sample {
  private constructor(private readonly wire: Wire) {}

  static async takenFrom(sandbox: MessagingSandbox): Promise<Sample> {
    const { content, properties } = await sandbox.take(QUEUE);
    const { type, timestamp, contentType, correlationId, headers } = properties;
    const sent = Object.entries(headers ?? {}).filter(([name]) => !name.startsWith('x-'));
    const kept = { type, timestamp, contentType, correlationId, headers: Object.fromEntries(sent) };
    return new Sample({ body: content, properties: { ...kept, persistent: true, mandatory: true } });
  }

  another(): Wire {
    const { body, properties } = this.wire;
    const id = randomUUID();
    return { body, properties: { ...properties, messageId: id, headers: { ...properties.headers, 'ce-subject': id } } };
  }
}

export const newStage = (): Promise<MessagingSandbox> => MessagingSandbox.create([OrderPlaced]);

/** A connection that is nobody else's. */
export const ownConnection = (): Promise<ChannelModel> => connect(loadConfig(process.env).RABBITMQ_URLS[0] ?? '');
