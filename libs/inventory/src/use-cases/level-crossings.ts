import { StockBack, StockLow, StockOut } from '#contracts';
import { message, type Cause, type OutboxMessage } from '#messaging';
import { crossingOf } from '../domain/crossing.js';
import { promisable, type LevelNumbers } from '../domain/level.js';
import type { LockedLevel } from '../persistence/lock-levels.js';

const EVENTS = { low: StockLow, out: StockOut, back: StockBack };

type Level = LevelNumbers & Pick<LockedLevel, 'sku' | 'location' | 'lowStockAt' | 'version'>;

/**
 * The events of levels that crossed a line: none left, some again, few left. The levels are as they were locked; the sequence is the
 * version that the change gave the level, since one change is one version.
 *
 * @param changeOf by how much what can be promised of the level changed; undefined when the level did not change
 */
export function levelCrossings(
  levels: readonly Level[],
  changeOf: (level: Level) => number | undefined,
  cause?: Cause,
): OutboxMessage[] {
  return levels.flatMap((level) => {
    const change = changeOf(level);
    if (change === undefined) return [];
    const before = promisable(level);
    return crossed(level, { before, after: before + change, cause });
  });
}

interface Crossed {
  readonly before: number;
  readonly after: number;
  readonly cause: Cause | undefined;
}

function crossed(level: Level, { before, after, cause }: Crossed): OutboxMessage[] {
  const { sku, location, lowStockAt, version } = level;
  const crossing = crossingOf({ before, after, lowStockAt });
  if (crossing === undefined) return [];
  const data = { sku, location, available: Math.max(0, after) };
  return [message(EVENTS[crossing], { subject: `${location}/${sku}`, sequence: version + 1, data, cause })];
}

interface Units {
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
}

/** Units by level, for {@link levelCrossings}. @param sign 1 when they can be promised again, -1 when not any more */
export function changesOf(units: readonly Units[], sign: 1 | -1): (level: Level) => number | undefined {
  const sums = new Map<string, number>();
  for (const { sku, location, quantity } of units) {
    const key = JSON.stringify([sku, location]);
    sums.set(key, (sums.get(key) ?? 0) + sign * quantity);
  }
  return ({ sku, location }) => sums.get(JSON.stringify([sku, location]));
}
