import type { ConsumeMessage } from 'amqplib';
import type { ReceivedEvent } from '../events/event.js';
import type { EventHandler } from './consumed-queue.js';
import type { Progress } from './failure-headers.js';

/** A message as the broker handed it to this process. */
export interface Delivery extends Progress {
  readonly queue: string;
  readonly message: ConsumeMessage;
}

export interface ReadableDelivery<Handler extends EventHandler = EventHandler> extends Delivery {
  readonly event: ReceivedEvent;
  readonly handler: Handler;
}

export interface UnreadableDelivery extends Delivery {
  readonly error: unknown;
}

/** How log lines name it. */
export function labelsOf({ queue, message }: Delivery): Record<string, unknown> {
  const { messageId, type, headers } = message.properties;
  return { queue, id: messageId, type, subject: headers?.['ce-subject'], sequence: headers?.['ce-sequence'] };
}
