import type { FieldError } from '../http.errors.js';
import { pointerTo } from './pointer.js';

/** A Standard Schema issue; zod adds what else it knows. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly keys?: readonly string[];
}

const ERRORS_MAX = 100;

/** Stable names for what can be wrong with a value. What is not listed is `invalid_value`. */
const CODES = new Set([
  'invalid_type',
  'too_big',
  'too_small',
  'invalid_format',
  'not_multiple_of',
  'invalid_value',
  'forbidden_character',
]);

interface Checked {
  /** What was validated, to tell an absent member from a wrong one. */
  readonly value: unknown;
  /** Where it stood, if not in the body. */
  readonly place?: 'query' | 'path' | undefined;
}

/** What does not fit where, for people and programs; the first hundred. */
export function fieldErrors(issues: readonly SchemaIssue[], { value, place }: Checked): FieldError[] {
  const errors = issues.flatMap((issue) => {
    const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
    if (issue.code === 'unrecognized_keys') return (issue.keys ?? []).map((key) => unknownProperty(path.concat(key)));
    return [{ pointer: pointerTo(path), code: codeOf(issue, valueAt(value, path)), detail: issue.message }];
  });
  const first = errors.slice(0, ERRORS_MAX);
  return place === undefined ? first : first.map(({ pointer, code, detail }) => ({ pointer, code, detail, in: place }));
}

const unknownProperty = (path: readonly PropertyKey[]): FieldError => ({
  pointer: pointerTo(path),
  code: 'unknown_property',
  detail: 'is not known here; leave it out',
});

function codeOf(issue: SchemaIssue, value: unknown): string {
  if (value === undefined) return 'required';
  return CODES.has(issue.code ?? '') ? (issue.code as string) : 'invalid_value';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    value,
  );
}
