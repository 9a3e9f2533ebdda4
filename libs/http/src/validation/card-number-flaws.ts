import type { FieldError } from '../http.errors.js';
import { hasCardNumber } from './card-number.js';
import { pointerTo } from './pointer.js';

interface Sent {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Of the merchant's own making, and perhaps all digits. */
const IDENTIFIERS: ReadonlySet<PropertyKey> = new Set(['sku']);
const FLAWS_MAX = 20;

/** Where a request has something that looks like the number of a payment card. What was sent there is not repeated. */
export function cardNumberFlaws({ params, query, body }: Sent): FieldError[] {
  const flaws = [
    ...pointersIn(params).map((pointer) => flawAt(pointer, 'path')),
    ...pointersIn(query).map((pointer) => flawAt(pointer, 'query')),
    ...pointersIn(body).map((pointer) => flawAt(pointer)),
  ];
  return flaws.slice(0, FLAWS_MAX);
}

const flawAt = (pointer: string, place?: FieldError['in']): FieldError => ({
  pointer,
  code: 'card_number',
  detail: 'looks like the number of a payment card: send a token of the payment provider instead',
  ...(place !== undefined && { in: place }),
});

function pointersIn(value: unknown, path: readonly PropertyKey[] = []): string[] {
  if (typeof value === 'string')
    return !IDENTIFIERS.has(path.at(-1) ?? '') && hasCardNumber(value) ? [pointerTo(path)] : [];
  if (typeof value === 'number')
    return Number.isInteger(value) && hasCardNumber(String(value)) ? [pointerTo(path)] : [];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((element, place) => pointersIn(element, [...path, place]));
  return Object.entries(value).flatMap(([name, member]) =>
    // The pointer to a member would repeat its name.
    hasCardNumber(name) ? [pointerTo(path)] : pointersIn(member, [...path, name]),
  );
}
