import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { continueTrace, newTrace, runInTrace, traceIdIn, type Metrics, type Trace } from '#observability';
import { callerLabelOf } from '../caller/caller.js';
import { ValidationFailed, type FieldError } from '../http.errors.js';
import { cardNumberFlaws } from '../validation/card-number-flaws.js';
import { pointerTo } from '../validation/pointer.js';
import { applyBodyLimit } from './body-limit.js';
import { DEFAULT_HEADERS } from './default-headers.js';
import { keepsRawBody } from './raw-body.js';
import type { RouteTable } from './route-table.js';

declare module 'fastify' {
  interface FastifyRequest {
    trace: Trace | null;
    problemCode: string | null;
  }
}

/** Asked every few seconds by machines: not worth a line each. */
const PROBES = new Set(['/health/live', '/health/ready', '/metrics']);
const UNMATCHED = 'unmatched';

/** What happens to every request around its handler: its trace, the headers of every answer, its line in the log and its measure. */
export function addRequestHooks(
  instance: FastifyInstance,
  routes: RouteTable,
  { metrics, trustsTraceparent }: { readonly metrics: Metrics; readonly trustsTraceparent: boolean },
): void {
  instance.decorateRequest('trace', null);
  instance.decorateRequest('problemCode', null);

  instance.addHook('onRoute', (route) => {
    routes.add(route.url, [route.method].flat());
    applyBodyLimit(route);
  });
  instance.addHook('onRequest', (request, reply, done) => {
    const header = request.headers['traceparent'];
    // A stranger must not choose under which id our log lines are found.
    const trace = trustsTraceparent && typeof header === 'string' ? continueTrace(header) : newTrace();
    request.trace = trace;
    reply.headers(DEFAULT_HEADERS).header('x-request-id', trace.traceId);
    runInTrace(trace, done);
  });
  instance.addHook('preValidation', (request, _reply, done) => {
    const flaws = [...nullCharacters(request.params), ...cardNumbers(request)];
    done(flaws.length === 0 ? undefined : new ValidationFailed(flaws));
  });
  instance.addHook('onResponse', recorder(metrics));
}

function recorder(metrics: Metrics) {
  const logger = new Logger('http');
  const durations = metrics.histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
  });
  return (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const { method, trace, problemCode } = request;
    const route = request.routeOptions.url ?? UNMATCHED;
    const status = reply.statusCode;
    durations.observe({ method, route, status }, reply.elapsedTime / 1_000);
    const line = {
      msg: 'request',
      trace_id: trace?.traceId,
      ...clientTrace(request, trace),
      caller: callerLabelOf(request),
      method,
      route,
      status,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(problemCode !== null && { code: problemCode }),
    };
    if (PROBES.has(route)) logger.debug(line);
    else logger.log(line);
    done();
  };
}

/** The trace of the client, where it is another one: to find both sides of a request. */
function clientTrace({ headers }: FastifyRequest, trace: Trace | null): { client_trace_id?: string } {
  const header = headers['traceparent'];
  if (typeof header !== 'string') return {};
  const traceId = traceIdIn(header);
  return traceId === undefined || traceId === trace?.traceId ? {} : { client_trace_id: traceId };
}

/** PostgreSQL cannot store U+0000, and the access to what a path names is asked for before its schema. */
function nullCharacters(params: unknown): FieldError[] {
  return Object.entries(params ?? {})
    .filter(([, value]) => String(value).includes('\0'))
    .map(([name]) => ({
      pointer: pointerTo([name]),
      code: 'null_character',
      detail: 'must not contain U+0000',
      in: 'path',
    }));
}

/** The body of a signed webhook is the provider's to write, and to be refused for its signature only. */
function cardNumbers(request: FastifyRequest): FieldError[] {
  const { params, query, body } = request;
  return cardNumberFlaws({ params, query, body: keepsRawBody(request) ? undefined : body });
}
