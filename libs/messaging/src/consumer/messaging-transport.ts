import { setMaxListeners } from 'node:events';
import { Injectable } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { Config } from '#config';
import { within } from '#kernel';
import { EventCatalogue } from '../events/event-catalogue.js';
import type { ConsumerExtras } from './consumes.decorator.js';
import { Consumers } from './consumers.js';
import { RegisteredHandlers } from './registered-handlers.js';

/** What closing takes beside the handlers: their connection, and after them the relay. */
const CLOSING_MS = 4_000;
const DRAIN_MIN_MS = 500;
const ABORT_LIMIT_MS = 500;

/** Nest's strategy: collects the handlers that `@Consumes` marks, and consumes each of their queues. */
@Injectable()
export class MessagingTransport extends Server implements CustomTransportStrategy {
  /** The runner decides what an error of a handler means, so Nest must leave errors to it. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly handlers: RegisteredHandlers;
  private readonly draining = new AbortController();
  private readonly aborted = new AbortController();
  private consuming: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly config: Config,
    catalogue: EventCatalogue,
    private readonly consumers: Consumers,
  ) {
    super();
    this.handlers = new RegisteredHandlers(catalogue);
    // Every delivery that waits for another try listens.
    setMaxListeners(0, this.draining.signal, this.aborted.signal);
  }

  /** Called by Nest for each handler. A handler that could never get its event ends the start. */
  override addHandler(type: string, handler: MessageHandler, _isEvent = true, extras: ConsumerExtras = {}): void {
    this.handlers.add(type, awaitedBy(handler), extras);
  }

  /** Returns at once: the broker may be down, and is tried until it answers. */
  listen(started: () => void): void {
    const signals = { draining: this.draining.signal, aborted: this.aborted.signal };
    this.consuming = this.consumers.consume(this.handlers.queues, signals);
    started();
  }

  /** Lets handlers finish what they have begun, within the time that a stopping process has; the rest returns to its queue. */
  async close(): Promise<void> {
    this.draining.abort(new Error('This process is stopping.'));
    const drainMs = Math.max(DRAIN_MIN_MS, this.config.SHUTDOWN_TIMEOUT_SECONDS * 1_000 - CLOSING_MS);
    await within(drainMs, this.consuming);
    this.aborted.abort(new Error('This process has no time left.'));
    await within(ABORT_LIMIT_MS, this.consuming);
    await this.consumers.stop();
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
