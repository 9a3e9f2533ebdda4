import { platformProblem, type DeclaredProblem } from '../problem/declared-problem.js';
import type { ProblemCode } from '../problem/status-by-code.js';
import type { CatalogedOperation } from './operation-catalog.js';

/** Anything can be answered with these. */
const ALWAYS: readonly ProblemCode[] = [
  'bad_request',
  'unauthenticated',
  'uri_too_long',
  'rate_limited',
  'headers_too_large',
  'database_busy',
  'database_unavailable',
  'identity_provider_unavailable',
  'expectation_failed',
  'internal_error',
  'not_implemented',
  'shutting_down',
];
/** Also of operations that want no body: one that is sent is read. */
const OF_A_BODY: readonly ProblemCode[] = [
  'duplicate_member',
  'malformed_json',
  'payload_too_large',
  'request_timeout',
  'unsupported_media_type',
  'validation_failed',
];
const OF_A_KEY: readonly ProblemCode[] = ['idempotency_key_invalid', 'idempotency_key_reused', 'request_in_flight'];
const OF_IF_MATCH: readonly ProblemCode[] = ['if_match_invalid', 'stale_version'];

/** Every problem that this operation can be answered with: what its use case declares, and what the platform adds. Sorted by code. */
export function problemsOf({ method, options, query, params }: CatalogedOperation): DeclaredProblem[] {
  const { errors = [], idempotencyKey, ifMatch, scope, staffScope } = options;
  const codes: (readonly ProblemCode[])[] = [
    ALWAYS,
    method === 'get' ? [] : OF_A_BODY,
    query !== undefined || params !== undefined ? ['validation_failed'] : [],
    idempotencyKey === undefined ? [] : OF_A_KEY,
    idempotencyKey === 'required' ? ['idempotency_key_missing'] : [],
    ifMatch === undefined ? [] : OF_IF_MATCH,
    ifMatch === 'required' ? ['precondition_required'] : [],
    scope === undefined && staffScope === undefined ? [] : ['insufficient_scope'],
  ];
  const declared = errors.map((error) => (typeof error === 'string' ? platformProblem(error) : error));
  const byCode = new Map(codes.flat().map((code) => [code, platformProblem(code)]));
  for (const problem of declared) byCode.set(problem.code, problem);
  return [...byCode.values()].toSorted((left, right) => (left.code < right.code ? -1 : 1));
}

export const problemCodesOf = (operation: CatalogedOperation): ProblemCode[] =>
  problemsOf(operation).map(({ code }) => code);
