import { z } from 'zod';

/** Control characters, U+0000 among them, and halves of surrogate pairs, which PostgreSQL does not store. */
const FORBIDDEN = /[\p{Cc}\p{Cs}]/u;
/** Spaces, and characters that show nothing: zero-width, fillers, the empty Braille pattern. */
const SHOWS_NOTHING = /^[\p{Z}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Whether a text has nothing that a person could see. */
export const showsNothing = (text: string): boolean => SHOWS_NOTHING.test(text);

/** Whether a text is one line that PostgreSQL can store and a person can see. */
const isLineOfText = (text: string): boolean => !FORBIDDEN.test(text) && !showsNothing(text);

/**
 * One line of text that a person reads, kept as it was sent. For every text of a request that has no narrower form.
 *
 * @param charactersMax of UTF-16, as JavaScript counts them
 */
export const lineOfText = (charactersMax: number) =>
  z
    .stringFormat('line', (text) => text.length === 0 || text.length > charactersMax || isLineOfText(text), {
      error: 'must be one line of text that can be seen',
    })
    // An empty text is too short, a long one too long, and nothing else.
    .min(1)
    .max(charactersMax);
