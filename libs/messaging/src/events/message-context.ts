import { AsyncLocalStorage } from 'node:async_hooks';
import { currentTrace, newTrace, traceparentOf, type Trace } from '#observability';
import type { Cause } from './event.js';

/** What the event being handled passes on to the events that its handling adds. */
export interface MessageContext {
  readonly correlationId: string;
  /** Id of the event being handled. */
  readonly causationId: string;
}

const storage = new AsyncLocalStorage<MessageContext>();
const traces = new WeakMap<object, Trace>();

export const runInMessageContext = <T>(context: MessageContext, work: () => T): T => storage.run(context, work);

export const messageContextOf = ({ id, correlationId }: Cause): MessageContext => ({ correlationId, causationId: id });

/** In which trace an event came. It is no part of the event: nobody decides by it. */
export function rememberTrace(event: Cause, trace: Trace): void {
  traces.set(event, trace);
}

/** Where a message to be published comes from. */
export interface OutgoingContext {
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string;
}

/** From the cause that each names, else from the event or request that is being handled. */
export function messageContextsOf(messages: readonly { readonly cause?: Cause | undefined }[]): OutgoingContext[] {
  const current = currentTrace() ?? newTrace();
  return messages.map(({ cause }) => {
    const trace = (cause && traces.get(cause)) ?? current;
    const context = cause ? messageContextOf(cause) : storage.getStore();
    return {
      correlationId: context?.correlationId ?? trace.traceId,
      causationId: context?.causationId ?? null,
      traceparent: traceparentOf(trace),
    };
  });
}
