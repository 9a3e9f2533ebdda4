import { setTimeout } from 'node:timers/promises';

/**
 * Repeats `look` until it stops throwing and returns what it returned. The limit is generous, because a slow machine is not a defect:
 * it only ends a wait for something that will never come.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await setTimeout(everyMs);
    }
  }
}
