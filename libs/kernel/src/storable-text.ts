/** U+0000, and halves of surrogate pairs: PostgreSQL stores neither, in no column and no jsonb. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** The path of the first text in a value that PostgreSQL cannot store; undefined if there is none. Names of members count as text. */
export function unstorableTextIn(value: unknown, path: readonly string[] = []): readonly string[] | undefined {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (UNSTORABLE.test(name)) return path;
    const found = unstorableTextIn(member, [...path, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}
