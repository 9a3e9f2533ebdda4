import { AsyncLocalStorage } from 'node:async_hooks';
import { currentTrace, newTrace, traceIdIn, traceOf, traceparentOf } from '#observability';
import type { Cause, OutboxMessage } from './event.js';

/** What the event being handled passes on to the events that its handling adds. */
export interface MessageContext {
  readonly correlationId: string;
  /** Id of the event being handled. */
  readonly causationId: string;
}

const storage = new AsyncLocalStorage<MessageContext>();

export const runInMessageContext = <T>(context: MessageContext, work: () => T): T => storage.run(context, work);

export const messageContextOf = ({ id, correlationId }: Cause): MessageContext => ({ correlationId, causationId: id });

/** Where a message to be published comes from. */
export interface OutgoingContext {
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string;
}

/** From the cause or the trace that each names, else from the event or request that is being handled. */
export function messageContextsOf(messages: readonly Pick<OutboxMessage, 'cause' | 'trace'>[]): OutgoingContext[] {
  const current = currentTrace() ?? newTrace();
  return messages.map(({ cause, trace: own }) => {
    const trace = own ?? (cause && traceOf(cause)) ?? current;
    const context = cause ? messageContextOf(cause) : storage.getStore();
    return {
      correlationId: context?.correlationId ?? trace.traceId,
      causationId: context?.causationId ?? null,
      traceparent: traceparentOf(trace),
    };
  });
}

/** Where a change comes from that is written together with its event. */
export interface Origin {
  readonly traceId: string;
  readonly correlationId: string;
}

/** The same as a module writes it into a history of its own, so that the history and the published event can be found by one id. */
export function originsOf<const Changes extends readonly Pick<OutboxMessage, 'cause' | 'trace'>[]>(
  changes: Changes,
): { [Place in keyof Changes]: Origin } {
  const origins = messageContextsOf(changes).map(({ traceparent, correlationId }) => {
    return { traceId: traceIdIn(traceparent) ?? '', correlationId };
  });
  return origins as unknown as { [Place in keyof Changes]: Origin };
}
