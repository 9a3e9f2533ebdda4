import { setTimeout } from 'node:timers/promises';
import type { ServerProcess } from '../support/server-process.js';

const EVERY_MS = 1_000;
const MEGABYTE = 1_048_576;

interface Sample {
  /** What the system counts, in megabytes. */
  readonly resident: number;
  /** What JavaScript uses, in megabytes. */
  readonly heap: number;
}

/** What a process used at the beginning and at the end of a time, each as the mean of a third of it, in megabytes. */
export interface MemoryUse {
  readonly first: Sample;
  readonly last: Sample;
}

export async function watchMemory(process: ServerProcess, seconds: number): Promise<MemoryUse> {
  const samples: Sample[] = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until || samples.length < 3) {
    samples.push(await memoryOf(process));
    await setTimeout(EVERY_MS);
  }
  const third = Math.floor(samples.length / 3);
  return { first: mean(samples.slice(0, third)), last: mean(samples.slice(-third)) };
}

async function memoryOf(process: ServerProcess): Promise<Sample> {
  const text = await (await fetch(`${process.url}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]) / MEGABYTE;
  return { resident: read('process_resident_memory_bytes'), heap: read('nodejs_heap_size_used_bytes') };
}

const mean = (samples: readonly Sample[]): Sample => ({
  resident: Math.round(samples.reduce((sum, { resident }) => sum + resident, 0) / samples.length),
  heap: Math.round(samples.reduce((sum, { heap }) => sum + heap, 0) / samples.length),
});
