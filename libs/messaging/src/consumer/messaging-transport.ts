import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { Config } from '#config';
import { Broker } from '../transports/rabbitmq/broker.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import { within } from '../concurrency/pause.js';
import type { ConsumerExtras } from './consumes.decorator.js';
import { RegisteredHandlers } from './registered-handlers.js';
import type { Subscription } from './subscription.js';
import { Subscriptions } from './subscriptions.js';

/** What closing takes beside the handlers: their connection, and after them the relay. */
const CLOSING_MS = 4_000;
const DRAIN_MIN_MS = 500;
const ABORT_LIMIT_MS = 500;

/** Nest's way in: collects the handlers that `@Consumes` marks and runs a subscription for each of their queues. */
@Injectable()
export class MessagingTransport extends Server implements CustomTransportStrategy {
  /** Errors of a handler are for the runner to judge, so Nest leaves them to us. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly handlers: RegisteredHandlers;
  private readonly draining = new AbortController();
  private readonly over = new AbortController();
  private subscriptions: readonly Subscription[] = [];

  constructor(
    private readonly config: Config,
    private readonly broker: Broker,
    private readonly catalogue: EventCatalogue,
    private readonly all: Subscriptions,
  ) {
    super();
    this.handlers = new RegisteredHandlers(catalogue);
    // Every delivery that waits for another try listens.
    setMaxListeners(0, this.draining.signal, this.over.signal);
  }

  /** Called by Nest for each handler. A handler that could never get its event ends the start. */
  override addHandler(type: string, handler: MessageHandler, _isEvent = true, extras: ConsumerExtras = {}): void {
    this.handlers.add(type, awaitedBy(handler), extras);
  }

  /** Returns at once: the broker may be down, and is tried until it answers. */
  listen(started: () => void): void {
    const stopping = { draining: this.draining.signal, over: this.over.signal };
    this.subscriptions = [
      ...this.all.toEvents(this.handlers.queues(), stopping),
      ...this.all.toDeadLetters(this.catalogue.queues.keys(), stopping),
    ];
    if (this.subscriptions.length > 0) {
      this.broker.startConsuming(async (model, closed) => {
        for (const subscription of this.subscriptions) void subscription.consumeOn(model, closed);
      });
    }
    started();
  }

  /** Lets handlers finish what they have begun, within the time that a stopping process has; the rest returns to its queue. */
  async close(): Promise<void> {
    this.draining.abort(new Error('This process is stopping.'));
    await Promise.all(this.subscriptions.map((subscription) => subscription.cancel()));
    const drained = Promise.all(this.subscriptions.map((subscription) => subscription.drained()));
    const drainMs = Math.max(DRAIN_MIN_MS, this.config.SHUTDOWN_TIMEOUT_SECONDS * 1_000 - CLOSING_MS);
    await within(drainMs, drained);
    this.over.abort(new Error('This process has no time left.'));
    await within(ABORT_LIMIT_MS, drained);
    await Promise.all(this.subscriptions.map((subscription) => subscription.close()));
    await this.broker.stopConsuming();
  }

  override on(): never {
    throw new Error('The transport emits no events: look at its log lines, its metrics and the health check.');
  }

  override unwrap<T>(): T {
    throw new Error('The transport has no driver to hand out: connections come and go.');
  }
}

/** Nest hands out promises of values or of observables; the filter of `@Consumes` turns an error into the latter. */
function awaitedBy(handler: MessageHandler): (payload: unknown, context: unknown) => Promise<void> {
  return async (payload, context) => {
    const result: unknown = await handler(payload, context);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  };
}
