import { AsyncLocalStorage } from 'node:async_hooks';
import { currentTrace, newTrace, traceparentOf, type Trace } from '#observability';
import type { Cause } from './event.js';

/** What the event being handled hands on to the events that its handling states. */
export interface Lineage {
  readonly correlationId: string;
  /** Id of the event being handled. */
  readonly causationId: string;
}

const storage = new AsyncLocalStorage<Lineage>();
const traces = new WeakMap<object, Trace>();

export const runInLineage = <T>(lineage: Lineage, work: () => T): T => storage.run(lineage, work);

export const lineageOf = ({ id, correlationId }: Cause): Lineage => ({ correlationId, causationId: id });

/** In which trace an event came. It is no part of the event: nobody decides by it. */
export function rememberTrace(event: Cause, trace: Trace): void {
  traces.set(event, trace);
}

/** Where a message to be published comes from. */
export interface Origin {
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly traceparent: string;
}

/** From the cause that each names, else from the event or request that is being handled. */
export function originsOf(messages: readonly { readonly cause?: Cause | undefined }[]): Origin[] {
  const current = currentTrace() ?? newTrace();
  return messages.map(({ cause }) => {
    const trace = (cause && traces.get(cause)) ?? current;
    const lineage = cause ? lineageOf(cause) : storage.getStore();
    return {
      correlationId: lineage?.correlationId ?? trace.traceId,
      causationId: lineage?.causationId ?? null,
      traceparent: traceparentOf(trace),
    };
  });
}
