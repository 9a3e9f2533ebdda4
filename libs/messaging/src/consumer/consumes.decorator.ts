import { applyDecorators, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { EventDefinition } from '../events/event.js';
import { PassThroughExceptionFilter } from './pass-through-exception.filter.js';

export interface ConsumerOptions {
  /** How long one try may take before its transaction is cut off. 30 s unless given. */
  readonly limitMs?: number;
  /**
   * Largest number of events that the handler gets at once, in one transaction. It then takes a list:
   * `handle(@Payload() events: readonly ReceivedEvent<typeof E>[], @Ctx() context: BatchContext)`. A batch is whatever has arrived while
   * the last one was handled; without load it is a single event.
   */
  readonly batch?: number;
  /**
   * Whether events about a subject are handled strictly by their sequence, across workers and retries: one that comes too early fails
   * until those before it have been handled, and an old one has no effect any more. The queue must get, and handle like this, every event
   * of the source from the first one about each subject.
   */
  readonly ordered?: boolean;
  /**
   * For work with somebody else, whose answer must not be waited for in a transaction: the handler holds no connection, and ends with
   * `commit`. It takes `handle(@Payload() event: ReceivedEvent<typeof E>, @Ctx() context: CommitContext)`. What it does outside may be
   * repeated after a failure or a crash, and by two processes at once, so that must be harmless; what it commits takes effect once.
   */
  readonly transaction?: 'own';
}

/** What the decorator tells the transport. */
export interface ConsumerExtras extends ConsumerOptions {
  readonly queue?: string;
}

/**
 * Makes a controller's method the handler of an event in one of its queues:
 * `handle(@Payload() event: ReceivedEvent<typeof E>, @Ctx() context: ConsumeContext): Promise<void>`.
 * The runner owns transaction, inbox, retry and dead letter; the method only delegates.
 */
export function Consumes<E extends EventDefinition>(
  event: E,
  queue: E['queues'][number],
  options: ConsumerOptions = {},
): MethodDecorator {
  const extras: ConsumerExtras = { queue, ...options };
  return applyDecorators(EventPattern(event.type as unknown, extras), UseFilters(PassThroughExceptionFilter));
}
