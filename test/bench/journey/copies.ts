/** Digits at the end of an id that are its copy's number. Every kind of id may hold digits, so it stays well-formed. */
const LENGTH = 10;

/**
 * @param text in which ids stand @param ids what must differ in each copy
 * @returns the text of the n-th copy, its ids ending in their own number; the same id becomes the same in every text
 */
export function copiesOf(text: string, ids: readonly string[]): (number: number) => string {
  // Also unique: what the sandbox calls a charge, and hashes by which rows are found.
  const references = new Set(text.match(/\bsbx_[0-9a-f]{32}\b|x[0-9a-f]{64}\b/g));
  const parts = withoutTails(text, [...ids, ...references]);
  return (number) => parts.join(String(number).padStart(LENGTH, '0'));
}

/** The text cut at the end of each id, without those digits. */
function withoutTails(text: string, ids: readonly string[]): string[] {
  const found = new RegExp(ids.join('|'), 'g');
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(found)) {
    const end = match.index + match[0].length;
    parts.push(text.slice(from, end - LENGTH));
    from = end;
  }
  return [...parts, text.slice(from)];
}
