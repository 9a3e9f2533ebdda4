import { Injectable } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { EventCatalogue } from '../event-catalogue.js';

/** Nest's way in: collects the handlers that `@Consumes` marks and runs a subscription for each of their queues. */
@Injectable()
export class MessagingTransport extends Server implements CustomTransportStrategy {
  /** Errors of a handler are for the runner to judge, so Nest leaves them to us. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly handlers = new Map<string, Map<string, MessageHandler>>();

  constructor(private readonly catalogue: EventCatalogue) {
    super();
  }

  override addHandler(
    pattern: string,
    handler: MessageHandler,
    _isEvent?: boolean,
    extras: { queue?: string } = {},
  ): void {
    const queue = extras.queue;
    if (queue === undefined) throw new Error(`The handler of ${pattern} has no queue. Mark it with @Consumes.`);
    if (!this.catalogue.find(pattern)?.queues.includes(queue)) {
      throw new Error(`${pattern} does not go to the queue ${queue}. Name the queue in the event's definition.`);
    }
    const ofQueue = this.handlers.get(queue) ?? new Map<string, MessageHandler>();
    if (ofQueue.has(pattern))
      throw new Error(`${pattern} has two handlers in the queue ${queue}. Give one a queue of its own.`);
    this.handlers.set(queue, ofQueue.set(pattern, handler));
  }

  listen(callback: () => void): void {
    callback();
  }

  async close(): Promise<void> {}

  override on(): never {
    throw new Error('The transport emits no events: look at its log lines, its metrics and the health check.');
  }

  override unwrap<T>(): T {
    return this as unknown as T;
  }
}
