/** Which callers of this process wait for which lock. */
export class WakeUps {
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

  /** Whether anybody was there to hear it. */
  wake(lock: string): boolean {
    const known = this.listeners.get(lock);
    for (const listener of known ?? []) listener();
    return known !== undefined;
  }
}
