import type { DomainError } from '#kernel';
import { currentTrace } from '#observability';
import { HttpResult } from '../operation/http-result.js';
import { RefusedByHttp } from '../http.errors.js';
import { isProblemCode, kindOf, type ProblemCode, type ProblemKind } from './status-by-code.js';

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** RFC 9457, with the members that every problem of this API has. What the error knows comes as further members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ProblemCode;
  readonly traceId?: string;
  readonly [member: string]: unknown;
}

interface Occurrence {
  readonly code: ProblemCode;
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  readonly members?: Readonly<Record<string, unknown>>;
}

/** Names that belong to the document itself; no error's data may replace them. */
const RESERVED = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId']);

export function problem({ code, detail, instance, members = {} }: Occurrence): Problem {
  const { status, title } = kindOf(code);
  const trace = currentTrace();
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail,
    instance,
    code,
    ...(trace && { traceId: trace.traceId }),
    ...Object.fromEntries(Object.entries(members).filter(([name]) => !RESERVED.has(name))),
  };
}

/** The answer to a failure that has a code; undefined for a code that is not in the table. */
export function refusal(error: DomainError, instance: string): HttpResult<Problem> | undefined {
  const { code, message, data } = error;
  if (!isProblemCode(code)) return undefined;
  const body = problem({ code, detail: message, instance, members: data });
  return HttpResult.of(body.status, body, {
    'content-type': PROBLEM_JSON,
    ...retryAfter(kindOf(code)),
    ...(error instanceof RefusedByHttp && error.headers),
  });
}

function retryAfter({ retryAfterSeconds }: ProblemKind): Record<string, string> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}
