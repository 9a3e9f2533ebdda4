import type { FieldError } from '../http.errors.js';
import { pointerTo } from '../validation/pointer.js';
import { JSON_DEPTH_MAX, JSON_ELEMENTS_MAX } from './limits.js';

/** An object or array, with the way to it. */
interface Place {
  readonly value: object;
  readonly key: string | number;
  readonly parent: Place | undefined;
  readonly depth: number;
}

/** Names that reach an object's prototype. No schema has them, and a validator may overlook them. */
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The first thing in a parsed body that no schema should ever meet: nesting that overflows stacks further on, more elements than any list
 * of this API takes, and names that reach an object's prototype. Walks with a list of its own, since recursion is what deep nesting attacks.
 */
export function flawOf(body: unknown): FieldError | undefined {
  const open: Place[] = [];
  if (isObject(body)) open.push({ value: body, key: '', parent: undefined, depth: 0 });
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const flaw = flawAt(place);
    if (flaw !== undefined) return flaw;
    for (const [name, value] of Object.entries(place.value)) {
      if (!isObject(value)) continue;
      const key = Array.isArray(place.value) ? Number(name) : name;
      open.push({ value, key, parent: place, depth: place.depth + 1 });
    }
  }
  return undefined;
}

function flawAt(place: Place): FieldError | undefined {
  const { value, depth } = place;
  if (depth >= JSON_DEPTH_MAX)
    return error(place, 'too_deep', `must not be nested deeper than ${JSON_DEPTH_MAX} levels`);
  // Lengths before elements: a long list is refused without a look at what is in it.
  if (Array.isArray(value)) {
    if (value.length <= JSON_ELEMENTS_MAX) return undefined;
    return error(place, 'too_big', `must not have more than ${JSON_ELEMENTS_MAX} elements`);
  }
  const names = Object.keys(value);
  if (names.length > JSON_ELEMENTS_MAX)
    return error(place, 'too_big', `must not have more than ${JSON_ELEMENTS_MAX} members`);
  const forbidden = names.find((name) => PROTOTYPE_NAMES.has(name));
  if (forbidden !== undefined) return error(place, 'unknown_property', 'is not known here; leave it out', forbidden);
  return undefined;
}

function error(place: Place, code: string, detail: string, ...name: string[]): FieldError {
  const path: (string | number)[] = [...name];
  for (let at: Place = place; at.parent !== undefined; at = at.parent) path.unshift(at.key);
  return { pointer: pointerTo(path), code, detail };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
