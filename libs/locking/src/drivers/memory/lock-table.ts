interface Entry {
  readonly owner: string;
  readonly token: bigint;
  readonly since: Date;
  /** On the monotonic clock. */
  expiresAt: number;
}

/** Who has what in this process. */
export class LockTable {
  private readonly entries = new Map<string, Entry>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private lastToken = 0n;

  get(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.expiresAt > performance.now() ? entry : undefined;
  }

  held(): [string, Entry][] {
    return [...this.entries.keys()].flatMap((key) => {
      const entry = this.get(key);
      return entry === undefined ? [] : [[key, entry] satisfies [string, Entry]];
    });
  }

  /** Greater than the last one and not below the clock in µs, so that it grows after a restart, too. */
  grant(keys: readonly string[], owner: string, ttlMs: number): bigint {
    const now = BigInt(Date.now()) * 1_000n;
    this.lastToken = now > this.lastToken ? now : this.lastToken + 1n;
    const expiresAt = performance.now() + ttlMs;
    for (const key of keys) this.entries.set(key, { owner, token: this.lastToken, since: new Date(), expiresAt });
    return this.lastToken;
  }

  /** Every later token is greater than this one. */
  raise(above: bigint): void {
    if (above > this.lastToken) this.lastToken = above;
  }

  free(key: string): void {
    this.entries.delete(key);
    for (const listener of this.waiting.get(key) ?? []) listener();
  }

  wait(key: string, listener: () => void): void {
    const known = this.waiting.get(key);
    if (known === undefined) this.waiting.set(key, new Set([listener]));
    else known.add(listener);
  }

  stopWaiting(key: string, listener: () => void): void {
    const known = this.waiting.get(key);
    known?.delete(listener);
    if (known?.size === 0) this.waiting.delete(key);
  }
}
