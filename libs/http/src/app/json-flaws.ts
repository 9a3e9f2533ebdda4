import type { FieldError } from '../http.errors.js';
import { pointerTo } from '../validation/pointer.js';
import { JSON_DEPTH_MAX } from './limits.js';

type Path = readonly (string | number)[];

interface Place {
  readonly value: unknown;
  readonly path: Path;
}

/**
 * The first thing in a parsed body that no schema should ever meet: nesting that overflows stacks further on, names that would reach an
 * object's prototype, and U+0000, which PostgreSQL cannot store. Walks with a list of its own, since recursion is what deep nesting attacks.
 */
export function flawOf(body: unknown): FieldError | undefined {
  const open: Place[] = [{ value: body, path: [] }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, path } = place;
    if (typeof value === 'string' && value.includes('\0'))
      return flaw(path, 'null_character', 'must not contain U+0000');
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= JSON_DEPTH_MAX) {
      return flaw(path, 'too_deep', `must not be nested deeper than ${JSON_DEPTH_MAX} levels`);
    }
    for (const [name, child] of Object.entries(value)) {
      const here = [...path, Array.isArray(value) ? Number(name) : name];
      if (isPoisonous(name, child)) return flaw(here, 'forbidden_property', 'must not be set');
      if (name.includes('\0')) return flaw(path, 'null_character', 'must not have a member whose name contains U+0000');
      open.push({ value: child, path: here });
    }
  }
  return undefined;
}

function isPoisonous(name: string, child: unknown): boolean {
  if (name === '__proto__') return true;
  return name === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype');
}

const flaw = (path: Path, code: string, detail: string): FieldError => ({ pointer: pointerTo(path), code, detail });
