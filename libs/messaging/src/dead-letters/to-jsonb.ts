export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Deeper than this nothing of ours nests, and PostgreSQL's own limit is far away. */
const DEPTH_MAX = 8;

/** As much of a value from the wire as PostgreSQL's jsonb takes: no U+0000, no endless nesting, bytes as base64. */
export function toJsonb(value: unknown, depth = DEPTH_MAX): Json {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null) return null;
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.map((item) => toJsonb(item, depth - 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [toJsonb(name) as string, toJsonb(member, depth - 1)]));
}
