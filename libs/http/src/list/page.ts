import { z } from 'zod';

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

const cursor = z
  .string()
  .max(500)
  .transform((text, context) => {
    const key = Buffer.from(text, 'base64url').toString('utf8');
    // PostgreSQL cannot store U+0000, so no key has it, and a query for it would fail.
    if (text !== '' && encode(key) === text && !key.includes('\0')) return key;
    context.addIssue({ code: 'custom', message: 'must be a nextCursor as it was received' });
    return z.NEVER;
  });

/** Query of every list. Extend it with the list's own filters; unknown parameters are ignored. The cursor arrives as the key that `page` was given. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT).meta({ description: 'Rows of the page' }),
  cursor: cursor.optional().meta({ description: '`nextCursor` of the page before; the first page where it is absent' }),
});

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

/** Schema of a page of these. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().meta({ description: 'For the next page; null on the last one', example: null }),
  });

/**
 * Cuts one page out of the rows after the cursor, of which `limit + 1` were asked for: the extra one tells whether there are more.
 *
 * @param keyOf what the next query needs to go on after this row, as one string
 */
export function page<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: rows.length > limit && last !== undefined ? encode(keyOf(last)) : null };
}

function encode(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}
