import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C Trace Context: `traceId` is 32, `spanId` 16 lower-case hex digits. */
export interface Trace {
  readonly traceId: string;
  readonly spanId: string;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;
const storage = new AsyncLocalStorage<Trace>();

export const currentTrace = (): Trace | undefined => storage.getStore();

export const runInTrace = <T>(trace: Trace, work: () => T): T => storage.run(trace, work);

export const newTrace = (): Trace => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
});

const traces = new WeakMap<object, Trace>();

/** In which trace an event or a request came. It is no part of it: nobody decides by it. */
export function rememberTrace(of: unknown, trace: Trace | undefined): void {
  if (isObject(of) && trace !== undefined) traces.set(of, trace);
}

export const traceOf = (of: unknown): Trace | undefined => (isObject(of) ? traces.get(of) : undefined);

/** Makes something belong to the trace in which something else came. */
export function inheritTrace<T>(from: unknown, to: T): T {
  rememberTrace(to, traceOf(from));
  return to;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The trace that a header names; undefined where it is malformed. */
export const traceIdIn = (traceparent: string): string | undefined => TRACEPARENT.exec(traceparent)?.[1];

/** A new span in the trace that the header names; a new trace where it is missing or malformed, as the specification asks. */
export function continueTrace(traceparent: string | undefined): Trace {
  const traceId = traceIdIn(traceparent ?? '');
  return traceId === undefined ? newTrace() : { traceId, spanId: randomBytes(8).toString('hex') };
}

export const traceparentOf = (trace: Trace): string => `00-${trace.traceId}-${trace.spanId}-01`;
