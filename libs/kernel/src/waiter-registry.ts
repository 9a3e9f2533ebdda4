/** The callers of this process that wait for names. */
export class WaiterRegistry {
  private readonly listeners = new Map<string, Set<() => void>>();

  /** @param listener missing for a caller that will not wait */
  add(names: readonly string[], listener: (() => void) | undefined): void {
    if (listener === undefined) return;
    for (const name of names) {
      const known = this.listeners.get(name);
      if (known === undefined) this.listeners.set(name, new Set([listener]));
      else known.add(listener);
    }
  }

  remove(names: readonly string[], listener: (() => void) | undefined): void {
    if (listener === undefined) return;
    for (const name of names) {
      const known = this.listeners.get(name);
      known?.delete(listener);
      if (known?.size === 0) this.listeners.delete(name);
    }
  }

  /** @returns whether anybody waited for it */
  wake(name: string): boolean {
    const known = this.listeners.get(name);
    for (const listener of known ?? []) listener();
    return known !== undefined;
  }
}
