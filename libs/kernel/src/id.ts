import { typeidUnboxed, TypeID } from 'typeid-js';
import { v7 } from 'uuid';
import { z } from 'zod';

/** Lower-case letters that say of what it is the id. Chosen by the module that makes the ids. */
type IdPrefix = string;

/** An opaque, prefixed id: `order_01h2xcejqtf2nbrexx3vqjhp41`, a UUIDv7 inside, so ids made later sort later. */
export type Id<P extends IdPrefix> = string & { readonly __id: P };

export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return typeidUnboxed(prefix) as string as Id<P>;
}

/** Sorts before every id that is made at this time or later, and after those made before it. Milliseconds count. */
export function firstIdAt<P extends IdPrefix>(prefix: P, at: Date): Id<P> {
  const milliseconds = at.getTime().toString(16).padStart(12, '0');
  const uuid = `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-0000-0000-000000000000`;
  return TypeID.fromUUID(prefix, uuid).toString() as string as Id<P>;
}

/** When the id was made, by the clock of the process that made it. */
export function idMadeAt(id: Id<IdPrefix>): Date {
  return new Date(Buffer.from(TypeID.fromString(id).toUUIDBytes()).readUIntBE(0, 6));
}

/** Accepts only well-formed ids of this kind, so that a foreign or mangled id is refused before it reaches SQL. */
export function idSchema<P extends IdPrefix>(prefix: P) {
  return z
    .string()
    .max(64)
    .refine((text): text is Id<P> => isIdOf(prefix, text), { error: `must be an id that starts with ${prefix}_` })
    .meta({ example: `${prefix}_01h2xcejqtf2nbrexx3vqjhp41`, pattern: `^${prefix}_[0-7][0-9a-z]{25}$` });
}

function isIdOf(prefix: IdPrefix, text: string): boolean {
  try {
    return TypeID.fromString(text).getType() === prefix;
  } catch {
    return false; // Not an id at all: the schema reports it.
  }
}

/** Time-ordered UUID for messages, where the receiver expects a plain UUID. */
export const uuidV7 = (): string => v7();
