/** Settles with the first `count` answers, or rejects as soon as so many can no longer come. */
export function firstAnswers<T>(asked: readonly Promise<T>[], count: number): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const answers: T[] = [];
    let failures = 0;
    const hear = async (promise: Promise<T>) => {
      try {
        answers.push(await promise);
        if (answers.length === count) resolve(answers);
      } catch (error) {
        failures += 1;
        if (asked.length - failures < count) reject(error);
      }
    };
    for (const promise of asked) void hear(promise);
  });
}

export const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;
