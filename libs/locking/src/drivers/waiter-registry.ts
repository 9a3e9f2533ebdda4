/** The callers of this process that wait for a lock. */
export class WaiterRegistry {
  private readonly listeners = new Map<string, Set<() => void>>();

  add(lock: string, listener: () => void): void {
    const known = this.listeners.get(lock);
    if (known === undefined) this.listeners.set(lock, new Set([listener]));
    else known.add(listener);
  }

  remove(lock: string, listener: () => void): void {
    const known = this.listeners.get(lock);
    known?.delete(listener);
    if (known?.size === 0) this.listeners.delete(lock);
  }

  /** @returns whether anybody waited for it */
  wake(lock: string): boolean {
    const known = this.listeners.get(lock);
    for (const listener of known ?? []) listener();
    return known !== undefined;
  }
}
