/** Parts in which a limit is counted. */
const PARTS = 5;

export class NoAnswer extends Error {
  constructor(limitMs: number) {
    super(`No answer within ${limitMs} ms.`);
  }
}

/**
 * The answer of a service, or `NoAnswer` after `limitMs`. Time in which this process itself was held up, by its own work or by a busy
 * machine, counts for a fifth of the limit at most: the answer may have come meanwhile, and is read before the next fifth ends. Otherwise
 * a process that is slow for a moment would take its service for dead, and open the breaker.
 */
export async function answered<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let partsLeft = PARTS;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      partsLeft -= 1;
      if (partsLeft > 0) timer?.refresh();
      else reject(new NoAnswer(limitMs));
    }, limitMs / PARTS);
  });
  try {
    return await Promise.race([answer, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
