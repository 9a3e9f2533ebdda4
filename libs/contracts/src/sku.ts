import { z } from 'zod';

/** A merchant's article number. The alphabet needs no escaping in a path, a lock key or a log line; upper and lower case differ. */
export const skuSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, dots, - or _, the first a letter or digit',
  )
  .meta({ example: 'MUG-BLUE' });
