import { z } from 'zod';
import { showsNothing } from '#kernel';

const CHARACTERS_MAX = 64;
/** Control and format characters, halves of surrogate pairs, line and paragraph separators. */
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const SPACE_AT_AN_END = /^\p{Z}|\p{Z}$/u;

/**
 * A merchant's article number: printable characters of any script, spaces and slashes inside included, kept as sent. Upper and lower case
 * differ. Percent-encoded in paths and lock keys.
 */
export const skuSchema = z
  .stringFormat('sku', isSku, {
    error: 'must be 1 to 64 printable characters, without a space at its beginning or end',
  })
  .meta({
    example: 'MUG-BLUE',
    description: 'Printable characters of any script, kept as sent. Percent-encode it in paths.',
    minLength: 1,
    maxLength: CHARACTERS_MAX,
  });

function isSku(text: string): boolean {
  // Lengths before characters: a text of a megabyte is not walked through.
  if (text === '' || text.length > 2 * CHARACTERS_MAX || Array.from(text).length > CHARACTERS_MAX) return false;
  return !NOT_PRINTABLE.test(text) && !SPACE_AT_AN_END.test(text) && !showsNothing(text);
}
