import type { ProblemCode } from '../problem/status-by-code.js';
import type { CatalogedOperation } from './operation-catalog.js';

/** Anything can be answered with these. */
const ALWAYS: readonly ProblemCode[] = [
  'bad_request',
  'unauthenticated',
  'database_busy',
  'database_unavailable',
  'identity_provider_unavailable',
  'internal_error',
  'rate_limited',
];
const OF_A_BODY: readonly ProblemCode[] = [
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
];
const OF_A_KEY: readonly ProblemCode[] = ['idempotency_key_invalid', 'idempotency_key_reused', 'request_in_flight'];
const OF_IF_MATCH: readonly ProblemCode[] = ['if_match_invalid', 'stale_version'];

/** Every code that this operation can be answered with: what its use case declares, and what the platform adds. Sorted. */
export function problemCodesOf({ options, body, query, params }: CatalogedOperation): ProblemCode[] {
  const { errors = [], idempotencyKey, ifMatch, rawBody, scope, staffScope } = options;
  const codes: (readonly ProblemCode[])[] = [
    ALWAYS,
    errors,
    body !== undefined || rawBody === true ? OF_A_BODY : [],
    query !== undefined || params !== undefined ? ['validation_failed'] : [],
    idempotencyKey === undefined ? [] : OF_A_KEY,
    idempotencyKey === 'required' ? ['idempotency_key_missing'] : [],
    ifMatch === undefined ? [] : OF_IF_MATCH,
    ifMatch === 'required' ? ['precondition_required'] : [],
    scope === undefined && staffScope === undefined ? [] : ['insufficient_scope'],
  ];
  return [...new Set(codes.flat())].toSorted();
}
