/** A limit is counted in so many parts. */
const PARTS = 5;

export class NoAnswer extends Error {
  constructor(limitMs: number) {
    super(`No answer within ${limitMs} ms.`);
  }
}

/**
 * The answer of a service, or `NoAnswer` after `limitMs`. While this process itself is blocked, at most a fifth of the limit passes: the
 * answer may have arrived meanwhile, and is read before the next fifth ends. Otherwise a slow moment of this process would count as a
 * failure of the service.
 *
 * @throws {NoAnswer} and what the answer rejects with
 */
export async function answerWithin<T>(limitMs: number, answer: Promise<T>): Promise<T> {
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
