import { applyDecorators, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { EventDefinition } from '../events/event.js';
import { PassThroughExceptionFilter } from './pass-through-exception.filter.js';

export interface ConsumerOptions {
  /** How long one try may take before its transaction is cut off. 30 s unless given. */
  readonly limitMs?: number;
  /** Largest number of events in one transaction. 50 unless given. Without load a batch is a single event. */
  readonly batch?: number;
  /**
   * For work with a remote system, whose answer must not be waited for in a transaction: the handler holds no connection, and ends with
   * `commit`. It takes a list of one event:
   * `handle(@Payload() [event]: readonly [ReceivedEvent<typeof E>], @Ctx() context: CommitContext)`. What it does outside may be repeated
   * after a failure or a crash, and by two processes at once, so that must be harmless; what it commits takes effect once.
   */
  readonly transaction?: 'own';
}

/** What the decorator tells the transport. */
export interface ConsumerExtras extends ConsumerOptions {
  readonly queue?: string;
}

/**
 * Makes a controller's method the handler of an event in one of its queues:
 * `handle(@Payload() events: readonly ReceivedEvent<typeof E>[], @Ctx() context: BatchContext): Promise<void>`.
 * The events are those that arrived while the last batch was handled, each once. The runner owns transaction, inbox, retry and dead
 * letter; the method only delegates.
 */
export function Consumes<E extends EventDefinition>(
  event: E,
  queue: E['queues'][number],
  options: ConsumerOptions = {},
): MethodDecorator {
  const extras: ConsumerExtras = { queue, ...options };
  return applyDecorators(EventPattern(event.type as unknown, extras), UseFilters(PassThroughExceptionFilter));
}
