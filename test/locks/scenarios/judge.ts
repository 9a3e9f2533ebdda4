import type { Stay } from '../tasks/holding.js';

export interface Judgement {
  readonly figure: string;
  /** Nobody was inside beside another, and every later token was greater. */
  readonly held: boolean;
}

/** An overlap counts unless the earlier holder had been notified. */
export function judge(stays: readonly Stay[]): Judgement {
  let overlaps = 0;
  let regressions = 0;
  for (const key of new Set(stays.map((stay) => stay.key))) {
    const ofKey = stays.filter((stay) => stay.key === key).toSorted((a, b) => a.from - b.from);
    for (const [index, stay] of ofKey.entries()) {
      const before = ofKey[index - 1];
      if (before === undefined) continue;
      if (stay.from < before.to) overlaps += 1;
      if (stay.token <= before.token) regressions += 1;
    }
  }
  return {
    figure: `${overlaps} overlaps, ${regressions} tokens not greater`,
    held: overlaps === 0 && regressions === 0,
  };
}

export const refusals = (processes: readonly { readonly refused: number }[]): string => {
  const refused = processes.reduce((sum, own) => sum + own.refused, 0);
  return refused === 0 ? '' : `, ${refused} refused since no answer came in time, and asked again`;
};
