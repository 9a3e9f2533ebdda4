import type { Pool } from 'pg';
import type { Locks } from '#locking';
import type { Paused } from './asking.js';
import { holding } from './holding.js';
import { working } from './working.js';
import { writing } from './writing.js';

export type Tasks = ReturnType<typeof tasksOf>;

/** What a worker can be asked to do. */
export const tasksOf = (locks: Locks, sql: Pool, paused: Paused) => ({
  ...holding(locks, paused),
  ...writing(locks, sql, paused),
  ...working(locks),
});
