import { z } from 'zod';
import { idSchema, type Id } from '#kernel';

/**
 * An id in a path. Any text is taken: one of another shape is the id of nothing, and is answered like every id that does not exist or that the
 * caller may not know.
 */
export const idParam = <P extends string>(prefix: P) =>
  z
    .string()
    .meta(idSchema(prefix).meta() ?? {})
    .transform((text) => text as Id<P>);
