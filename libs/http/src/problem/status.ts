import type { ErrorKind, ProblemType } from '#kernel';
import type { HttpProblemType } from './http-problems.js';

const STATUS_BY_KIND = {
  malformed: 400,
  unauthenticated: 401,
  declined: 402,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 412,
  invalid: 422,
  precondition_required: 428,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ErrorKind, number>;

/** The only place where errors become statuses. */
export const statusOf = (problem: ProblemType): number =>
  (problem as HttpProblemType).status ?? STATUS_BY_KIND[problem.kind];
