import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RejectedMessage } from '../dead-letters/rejected-message.js';
import { defineEvent, type EventDefinition } from '../events/event.js';
import type { Failure, IncomingMessage, OutgoingEvent, Outcome, Transport } from './transport.js';

export const RETRY_DELAY_SECONDS = 1;
export const [PACKED_QUEUE, READER_QUEUE] = ['sender.item-packed', 'reader.item-packed'];

export const ItemPacked = defineEvent({
  type: 'item.packed.v1',
  source: 'sender',
  description: 'An item is ready to leave.',
  schema: z.object({}),
  example: {},
  queues: [PACKED_QUEUE, READER_QUEUE],
});

/** What a driver brings to the suite. */
export interface TransportBackend {
  /** The transport of one process. All of them meet in the same queues, which nobody else uses. */
  open(events: readonly EventDefinition[], retryDelaysSeconds: readonly number[]): Transport;
  /** Removes the queues. */
  remove(): Promise<void>;
}

/** What a test wants to become of a message. */
export type Deliver<Message> = (message: Message) => Promise<Outcome> | Outcome;

/** One process: its transport, and everything that it consumes. */
export class Process {
  private readonly stopping = new AbortController();
  private readonly consuming: Promise<void>[] = [];

  constructor(readonly transport: Transport) {
    transport.startPublishing();
  }

  consume(queue: string, deliver: Deliver<IncomingMessage>, prefetch = 20): IncomingMessage[] {
    const messages: IncomingMessage[] = [];
    const noting = async (message: IncomingMessage): Promise<Outcome> => {
      messages.push(message);
      return deliver(message);
    };
    const until = this.stopping.signal;
    this.consuming.push(this.transport.consume({ queue, prefetch, until, deliver: noting }));
    return messages;
  }

  consumeRejected(queue: string): RejectedMessage[] {
    const messages: RejectedMessage[] = [];
    const deliver = async (message: RejectedMessage): Promise<Outcome> => {
      messages.push(message);
      return 'handled';
    };
    const until = this.stopping.signal;
    this.consuming.push(this.transport.consumeRejected({ queue, prefetch: 20, until, deliver }));
    return messages;
  }

  /** No message is delivered from now on. Resolves once those that were are settled. */
  async drain(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.consuming);
  }

  async end(): Promise<void> {
    await this.drain();
    await this.transport.stopConsuming();
    await this.transport.stopPublishing();
  }
}

export const anEvent = (subject: string, type = ItemPacked.type): OutgoingEvent => ({
  id: randomUUID(),
  type,
  source: 'sender',
  subject,
  sequence: 1,
  time: new Date('2026-01-31T12:00:00.000Z'),
  correlationId: 'correlation',
  causationId: null,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  data: '{"weight":5}',
  mandatory: true,
});

export const aFailure = (tries: number, error: Error = new TypeError('not yet')): Failure => ({
  error,
  tries,
  at: new Date(),
});
export async function reject(message: IncomingMessage): Promise<Outcome> {
  const { result } = await message.reject(aFailure(9));
  return result === 'confirmed' ? 'rejected' : 'requeued';
}

/** Leaves messages unsettled until the test settles them. */
export function heldBack(): {
  readonly deliver: Deliver<IncomingMessage>;
  readonly settle: ((outcome: Outcome) => void)[];
} {
  const settle: ((outcome: Outcome) => void)[] = [];
  return { settle, deliver: () => new Promise((resolve) => settle.push(resolve)) };
}

export const handled = (): Outcome => 'handled';
export const subjectsOf = (messages: readonly IncomingMessage[]) =>
  messages.map(({ headers }) => headers['ce-subject']);
