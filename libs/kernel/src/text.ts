import { z } from 'zod';

/** Control characters, U+0000 among them, and halves of surrogate pairs, which PostgreSQL does not store. */
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u;
/** Spaces, and characters that show nothing: zero-width, fillers, the empty Braille pattern. */
const SHOWS_NOTHING = /^[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/**
 * One line of text that a person reads, kept as it was sent. For every text of a request that has no narrower form.
 *
 * @param charactersMax of UTF-16, as JavaScript counts them
 */
export const lineOfText = (charactersMax: number) =>
  z.stringFormat('line', isLine, { error: 'must be one line of text that can be seen' }).min(1).max(charactersMax);

/** An empty text is too short, and nothing else. */
function isLine(text: string): boolean {
  return text === '' || (!FORBIDDEN.test(text) && !SHOWS_NOTHING.test(text));
}
