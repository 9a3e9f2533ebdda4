import type { z } from 'zod';
import type { Trace } from '#observability';

/** A versioned event. Types, validation and the documents that describe the events come from here. */
export interface EventDefinition<Schema extends z.ZodType = z.ZodType, Queue extends string = string> {
  /** Past tense, with its major version: `order.placed.v1`. Also the routing key. */
  readonly type: string;
  /** The module that publishes it. With the subject it names the sequence that the event is part of. */
  readonly source: string;
  readonly description: string;
  readonly schema: Schema;
  /** A body that the schema must go on accepting for as long as this version lives. */
  readonly example: z.input<Schema>;
  /**
   * Queues that must receive it, each `<module>.<what it handles>`. Every process declares them, so an event published before its
   * consumer first ran waits there. With none, the event is for whoever outside has bound a queue of their own.
   */
  readonly queues: readonly Queue[];
  /** A message that a module sends to itself for later, which is nobody else's business: the documents leave it out. Only `Schedule` takes it. */
  readonly internal?: true;
}

export type EventData<E extends EventDefinition> = z.output<E['schema']>;

export function defineEvent<Schema extends z.ZodType, const Queue extends string>(
  definition: EventDefinition<Schema, Queue>,
): EventDefinition<Schema, Queue> {
  return definition;
}

/** An event to be published. */
export interface OutboxMessage {
  readonly event: EventDefinition;
  /** Id of the aggregate that the event is about. */
  readonly subject: string;
  /** Position among the events of this source about this subject, from 1 without gaps. Events about a subject are delivered in this order. */
  readonly sequence: number;
  readonly data: unknown;
  /**
   * The event whose handling adds this one. Needed in the handler of a batch only: anywhere else it is the event or request that is
   * being handled.
   */
  readonly cause?: Cause | undefined;
  /** The trace of the request that adds it. Needed in a command that handles the requests of several callers together. */
  readonly trace?: Trace | undefined;
}

/** An event as far as others refer to it. */
export type Cause = Pick<ReceivedEvent, 'id' | 'correlationId'>;

/** Builds a message of one type, with its body checked by the compiler. */
export function message<E extends EventDefinition>(
  event: E,
  about: Omit<OutboxMessage, 'event' | 'data'> & { readonly data: z.input<E['schema']> },
): OutboxMessage {
  return { event, ...about };
}

/** An event as its consumer sees it: CloudEvents 1.0 attributes and the validated body. */
export interface ReceivedEvent<E extends EventDefinition = EventDefinition> {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: Date;
  readonly sequence: number;
  readonly correlationId: string;
  /** Id of the event whose handling added this one. */
  readonly causationId: string | undefined;
  readonly data: EventData<E>;
}

/** What is known of an event beside its body. CloudEvents 1.0, plus correlation, causation and W3C trace context. */
export interface EventAttributes {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly time: Date;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string;
}
