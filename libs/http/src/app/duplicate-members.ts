/** An object or array that is not closed yet. */
class Frame {
  /** The current member or element. */
  key: string | number = 0;
  private readonly names = new Set<string>();
  private expectsName = true;

  constructor(private readonly isObject: boolean) {}

  /** @returns whether the text is the name of a member that the object has already */
  isRepeatedName(text: string): boolean {
    if (!this.isObject || !this.expectsName) return false;
    this.key = JSON.parse(text) as string;
    const isRepeated = this.names.has(this.key);
    this.names.add(this.key);
    return isRepeated;
  }

  separate(separator: string): void {
    this.expectsName = separator === ',';
    if (this.expectsName && typeof this.key === 'number') this.key += 1;
  }
}

/** A string, or a character that gives JSON its structure. Strings are unrolled, so that long ones take no backtracking. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/g;

/**
 * The path of the first member that its object has twice; undefined if there is none. JSON.parse keeps the last one without a word, while
 * other readers of the same bytes keep the first. Linear in the length of the text.
 *
 * @param json well-formed
 */
export function duplicateMemberIn(json: string): (string | number)[] | undefined {
  const frames: Frame[] = [];
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') frames.push(new Frame(token === '{'));
    else if (token === '}' || token === ']') frames.pop();
    else if (token === ',' || token === ':') frames.at(-1)?.separate(token);
    else if (frames.at(-1)?.isRepeatedName(token)) return frames.map(({ key }) => key);
  }
  return undefined;
}
