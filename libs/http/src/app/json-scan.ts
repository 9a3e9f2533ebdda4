import { DuplicateMember, ValidationFailed } from '../http.errors.js';
import { pointerTo } from '../validation/pointer.js';
import { JSON_DEPTH_MAX, JSON_ELEMENTS_MAX, JSON_VALUES_MAX } from './limits.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** An object or array that is not closed yet. */
class Container {
  /** The current member or element. */
  key: string | number = 0;
  count = 1;
  expectsName: boolean;
  private names: Set<string> | undefined;

  constructor(readonly isObject: boolean) {
    this.expectsName = isObject;
  }

  /** @returns whether the object has had the name already */
  isRepeated(name: string): boolean {
    this.key = name;
    this.names ??= new Set();
    return this.names.size === this.names.add(name).size;
  }

  endName(): void {
    this.expectsName = false;
  }

  next(): void {
    this.count += 1;
    this.expectsName = this.isObject;
    if (typeof this.key === 'number') this.key += 1;
  }
}

/** One pass over a text. */
class Scan {
  private readonly open: Container[] = [];
  private inner: Container | undefined;
  private values = 1;

  constructor(private readonly json: string) {}

  run(): void {
    const { json } = this;
    for (let at = 0; at < json.length; at += 1) {
      const code = json.charCodeAt(at);
      if (code === QUOTE) {
        const end = endOfString(json, at);
        if (end === -1) return;
        if (this.inner?.expectsName) this.takeName(json.slice(at, end));
        at = end - 1;
      } else if (code >= COMMA) this.takeStructure(code);
    }
  }

  private takeStructure(code: number): void {
    if (code === COMMA) this.separate();
    else if (code === COLON) this.inner?.endName();
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) this.enter(code === OPEN_OBJECT);
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) this.leave();
  }

  private takeName(quoted: string): void {
    const name = quoted.includes('\\') ? unescaped(quoted) : quoted.slice(1, -1);
    if (name === undefined || !this.inner?.isRepeated(name)) return;
    throw new DuplicateMember(this.pointerAt(this.open.length));
  }

  private separate(): void {
    const { inner } = this;
    if (inner === undefined) return;
    inner.next();
    if (inner.count > JSON_ELEMENTS_MAX) {
      const what = inner.isObject ? 'members' : 'elements';
      throw flaw(
        this.pointerAt(this.open.length - 1),
        'too_big',
        `must not have more than ${JSON_ELEMENTS_MAX} ${what}`,
      );
    }
    this.countValue();
  }

  private enter(isObject: boolean): void {
    if (this.open.length >= JSON_DEPTH_MAX) {
      const detail = `must not be nested deeper than ${JSON_DEPTH_MAX} levels`;
      throw flaw(this.pointerAt(this.open.length), 'too_deep', detail);
    }
    this.inner = new Container(isObject);
    this.open.push(this.inner);
    this.countValue();
  }

  private leave(): void {
    this.open.pop();
    this.inner = this.open.at(-1);
  }

  private countValue(): void {
    this.values += 1;
    if (this.values > JSON_VALUES_MAX) throw flaw('', 'too_big', `must not have more than ${JSON_VALUES_MAX} values`);
  }

  /** @param depth how many of the open containers the way goes through */
  private pointerAt(depth: number): string {
    return pointerTo(this.open.slice(0, depth).map(({ key }) => key));
  }
}

/**
 * Refuses what no schema should ever meet, before a value is made of the text: nesting that overflows stacks further on, more elements than
 * any list of this API takes, and a member that its object has twice, of which JSON.parse keeps the last without a word while other readers
 * keep the first. Linear in the length of the text, and ends at the first flaw. Text that is not JSON is left to JSON.parse.
 *
 * @throws {ValidationFailed}
 * @throws {DuplicateMember}
 */
export function refuseHostileJson(json: string): void {
  new Scan(json).run();
}

/** @returns the index after the closing quote; -1 if there is none */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return -1;
}

/** Undefined if the escapes are none of JSON's. */
function unescaped(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}

const flaw = (pointer: string, code: string, detail: string): ValidationFailed =>
  new ValidationFailed([{ pointer, code, detail }]);
