import type { Memory } from './memory.js';

/** What is kept for a while (prepared statements, compiled code, metrics of routes) may still come after the first third. */
const FACTOR = { heap: 1.25, resident: 1.5 };
const MARGIN = { heap: 16, resident: 48 };

/** In what memory has grown beyond what a process without a leak may; empty where it has not. */
export const growth = (warm: Memory, end: Memory): string[] =>
  (['heap', 'resident'] as const)
    .filter((kind) => end[kind] > warm[kind] * FACTOR[kind] + MARGIN[kind])
    .map((kind) => `memory grew: ${kind} ${warm[kind]} → ${end[kind]} MB`);
