import type { DomainError, ProblemType } from '#kernel';
import { currentTrace } from '#observability';
import { HttpResult } from '../operation/http-result.js';
import { RefusedByHttp } from '../http.errors.js';
import { statusOf } from './status.js';

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** RFC 9457, with the members that every problem of this API has. What the error knows comes as further members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly traceId?: string;
  readonly [member: string]: unknown;
}

interface Occurrence {
  readonly type: ProblemType;
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Names that belong to the document itself; no error's data may replace them. */
const RESERVED = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId']);

export function problem({ type, detail, instance, members = {} }: Occurrence): Problem {
  const { code, title } = type;
  const trace = currentTrace();
  return {
    type: `/problems/${code}`,
    title,
    status: statusOf(type),
    detail,
    instance,
    code,
    ...(trace && { traceId: trace.traceId }),
    ...Object.fromEntries(Object.entries(members).filter(([name]) => !RESERVED.has(name))),
  };
}

/** The answer to an error. */
export function refusal(error: DomainError, instance: string): HttpResult<Problem> {
  const { problem: type, message, data } = error;
  const body = problem({ type, detail: message, instance, members: data });
  return HttpResult.of(body.status, body, {
    'content-type': PROBLEM_JSON,
    ...retryAfter(type),
    ...(error instanceof RefusedByHttp && error.headers),
  });
}

function retryAfter({ retryAfterSeconds }: ProblemType): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}
