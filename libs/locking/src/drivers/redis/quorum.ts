import type { Grant, Renewal } from '../driver.js';

export const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;

/**
 * Settles as soon as the servers' answers so far decide the matter. When all have answered, or failed, they must.
 *
 * @param decide returns undefined while the matter is open; what it throws is the outcome, too
 */
function decided<T, R>(
  asked: readonly Promise<T>[],
  decide: (answers: readonly T[], failures: readonly unknown[]) => R | undefined,
): Promise<R> {
  const answers: T[] = [];
  const failures: unknown[] = [];
  return new Promise((resolve, reject) => {
    const hear = async (promise: Promise<T>) => {
      await promise.then(
        (answer) => answers.push(answer),
        (error: unknown) => failures.push(error),
      );
      const outcome = decide(answers, failures);
      if (outcome !== undefined) resolve(outcome);
    };
    for (const promise of asked) hear(promise).catch(reject);
  });
}

/** Settles with the first `count` answers, or rejects as soon as so many can no longer come. */
export const firstAnswers = <T>(asked: readonly Promise<T>[], count: number): Promise<readonly T[]> =>
  decided(asked, (answers, failures) => {
    if (asked.length - failures.length < count) throw failures[0];
    return answers.length < count ? undefined : [...answers];
  });

/**
 * What a majority of the servers says of each grant, as soon as it has decided all of them. Never rejects.
 *
 * @param replies of each server: 1 or 0 for each key of each grant, in order
 */
export function majorityRenewals(grants: readonly Grant[], replies: readonly Promise<number[]>[]): Promise<Renewal[]> {
  const majority = majorityOf(replies.length);
  const wholeGrants = replies.map(async (reply) => wholeGrantsIn(await reply, grants));
  return decided(wholeGrants, (answers, failures) => {
    const renewals = grants.map((_, index): Renewal => {
      const renewed = answers.filter((whole) => whole[index]).length;
      if (renewed >= majority) return 'renewed';
      return answers.length - renewed > replies.length - majority ? 'lost' : 'unknown';
    });
    const isOpen = answers.length + failures.length < replies.length && renewals.includes('unknown');
    return isOpen ? undefined : renewals;
  });
}

/** For each grant, whether the server has all of its keys. */
function wholeGrantsIn(reply: readonly number[], grants: readonly Grant[]): boolean[] {
  let start = 0;
  return grants.map(({ keys }) => reply.slice(start, (start += keys.length)).every((answer) => answer === 1));
}
