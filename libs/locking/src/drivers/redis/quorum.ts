import type { Grant, Renewal } from '../driver.js';

export const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;

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

/**
 * What a majority of the servers says of each grant, as soon as it has decided all of them. Never rejects.
 *
 * @param replies of each server: 1 or 0 for each key of each grant, in order
 */
export function decidedRenewals(grants: readonly Grant[], replies: readonly Promise<number[]>[]): Promise<Renewal[]> {
  const heard: boolean[][] = [];
  let silent = 0;
  const lostBy = replies.length - majorityOf(replies.length) + 1;
  const decide = () =>
    grants.map((_, index): Renewal => {
      const renewed = heard.filter((held) => held[index]).length;
      if (renewed >= majorityOf(replies.length)) return 'renewed';
      return heard.length - renewed >= lostBy ? 'lost' : 'unknown';
    });
  return new Promise((resolve) => {
    const hear = async (reply: Promise<number[]>) => {
      try {
        heard.push(wholeGrants(grants, await reply));
      } catch {
        silent += 1;
      }
      const renewals = decide();
      if (heard.length + silent === replies.length || !renewals.includes('unknown')) resolve(renewals);
    };
    for (const reply of replies) void hear(reply);
  });
}

/** For each grant, whether the server has all of its keys. */
function wholeGrants(grants: readonly Grant[], reply: readonly number[]): boolean[] {
  let start = 0;
  return grants.map(({ keys }) => reply.slice(start, (start += keys.length)).every((answer) => answer === 1));
}
