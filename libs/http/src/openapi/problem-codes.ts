import { IdempotencyKeyReused, RequestInFlight } from '#commands';
import { DatabaseBusy, DatabaseUnavailable } from '#database';
import { StaleVersion, type ProblemType } from '#kernel';
import { httpProblems as http } from '../problem/http-problems.js';
import type { ProblemCatalog } from '../problem/problem-catalog.js';
import type { CatalogedOperation } from './operation-catalog.js';

/** Anything can be answered with these; a query can be sent with anything, and is read. */
const ALWAYS: readonly ProblemType[] = [
  http.bad_request,
  http.unauthenticated,
  http.uri_too_long,
  http.rate_limited,
  http.headers_too_large,
  DatabaseBusy.problem,
  DatabaseUnavailable.problem,
  http.identity_provider_unavailable,
  http.expectation_failed,
  http.internal_error,
  http.not_implemented,
  http.shutting_down,
  http.validation_failed,
];
/** Also of operations that want no body: one that is sent is read. */
const OF_A_BODY: readonly ProblemType[] = [
  http.duplicate_member,
  http.malformed_json,
  http.payload_too_large,
  http.request_timeout,
  http.unsupported_media_type,
];
const OF_A_KEY = [http.idempotency_key_invalid, IdempotencyKeyReused.problem, RequestInFlight.problem];
const OF_IF_MATCH = [http.if_match_invalid, StaleVersion.problem];
const OF_A_STREAM = [http.too_many_streams, http.stream_limit_reached];

/** Every problem that this operation can be answered with: what its use case declares, and what the platform adds. Sorted by code. */
export function problemsOfOperation({ method, options }: CatalogedOperation, catalog: ProblemCatalog): ProblemType[] {
  const { errors = [], idempotencyKey, ifMatch, scope, staffScope, eventStream } = options;
  const platform: (readonly ProblemType[])[] = [
    ALWAYS,
    method === 'get' ? [] : OF_A_BODY,
    idempotencyKey === undefined ? [] : OF_A_KEY,
    idempotencyKey === 'required' ? [http.idempotency_key_missing] : [],
    ifMatch === undefined ? [] : OF_IF_MATCH,
    ifMatch === 'required' ? [http.precondition_required] : [],
    eventStream === undefined ? [] : OF_A_STREAM,
    scope === undefined && staffScope === undefined ? [] : [http.insufficient_scope],
  ];
  const declared = errors.map((error) => (typeof error === 'string' ? bare(catalog.named(error)) : error));
  const byCode = new Map([...platform.flat(), ...declared].map((problem) => [problem.code, problem]));
  return [...byCode.values()].toSorted((left, right) => (left.code < right.code ? -1 : 1));
}

/** A code alone promises no members. */
const bare = ({ members: _members, ...problem }: ProblemType): ProblemType => problem;
