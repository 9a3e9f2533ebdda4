import type { Pool } from 'pg';
import type { Locks } from '#locking';
import type { Paused } from './asking.js';
import { holding } from './holding.js';
import { working, type ForceRelease } from './working.js';
import { writing } from './writing.js';

export type Tasks = ReturnType<typeof tasksOf>;

/** What the tasks work with. */
interface Means {
  readonly locks: Locks;
  readonly sql: Pool;
  readonly paused: Paused;
  readonly forceRelease: ForceRelease;
}

/** What a worker can be asked to do. */
export const tasksOf = ({ locks, sql, paused, forceRelease }: Means) => ({
  ...holding(locks, paused),
  ...writing(locks, sql, paused),
  ...working(locks, forceRelease),
});
