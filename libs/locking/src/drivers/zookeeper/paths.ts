/*
 * Nodes, for the prefix `shop:` and the key `cart:1`:
 *   /shop%3A/lock/cart%3A1                   the owner; its czxid is the token
 *   /shop%3A/own/<id>-cart%3A1               exists only with that lock and is deleted together with it, so a late release (after a
 *                                            forced one) does not delete the lock of the next holder
 *   /shop%3A/wait/cart%3A1@<id>-0000000007   an acquisition that waits; the number is its place in the queue
 * All but the folders are ephemeral. The owner is the id of the acquisition, a space, and the name of the process.
 */

const PLACE_DIGITS = 10;

export class Paths {
  private readonly base: string;

  constructor(prefix: string) {
    this.base = prefix === '' ? '' : `/${encodeURIComponent(prefix)}`;
  }

  get locks(): string {
    return `${this.base}/lock`;
  }

  get places(): string {
    return `${this.base}/wait`;
  }

  get folders(): readonly string[] {
    return [this.locks, `${this.base}/own`, this.places];
  }

  lockOf(key: string): string {
    return `${this.locks}/${encodeURIComponent(key)}`;
  }

  ownOf(key: string, owner: string): string {
    return `${this.base}/own/${owner.split(' ', 1)[0]}-${encodeURIComponent(key)}`;
  }

  /** The server adds the number. */
  placeOf(key: string, owner: string): string {
    return `${this.places}/${encodeURIComponent(key)}@${owner.split(' ', 1)[0]}-`;
  }

  /** The places in the queue of the key, the first one first. @param names of all places */
  queueOf(key: string, names: readonly string[]): string[] {
    return names
      .filter((name) => name.startsWith(`${encodeURIComponent(key)}@`))
      .toSorted((a, b) => Number(a.slice(-PLACE_DIGITS)) - Number(b.slice(-PLACE_DIGITS)))
      .map((name) => `${this.places}/${name}`);
  }
}
