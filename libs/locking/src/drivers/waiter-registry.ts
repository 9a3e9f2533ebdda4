/** The callers of this process that wait for locks. */
export class WaiterRegistry {
  private readonly listeners = new Map<string, Set<() => void>>();

  /** @param listener missing for a caller that will not wait */
  add(locks: readonly string[], listener: (() => void) | undefined): void {
    if (listener === undefined) return;
    for (const lock of locks) {
      const known = this.listeners.get(lock);
      if (known === undefined) this.listeners.set(lock, new Set([listener]));
      else known.add(listener);
    }
  }

  remove(locks: readonly string[], listener: (() => void) | undefined): void {
    if (listener === undefined) return;
    for (const lock of locks) {
      const known = this.listeners.get(lock);
      known?.delete(listener);
      if (known?.size === 0) this.listeners.delete(lock);
    }
  }

  /** @returns whether anybody waited for it */
  wake(lock: string): boolean {
    const known = this.listeners.get(lock);
    for (const listener of known ?? []) listener();
    return known !== undefined;
  }
}
