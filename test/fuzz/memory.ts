import { setTimeout } from 'node:timers/promises';
import type { ServerProcess } from '../support/server-process.js';

const MEGABYTE = 1_048_576;
const LOOKS = 5;
const BETWEEN_LOOKS_MS = 300;

/** In megabytes. */
export interface Memory {
  /** What the system counts. */
  readonly resident: number;
  /** What JavaScript uses. */
  readonly heap: number;
}

/** Node's option for a process that collects its garbage when it gets SIGUSR2. */
export const COLLECTS_ON_SIGNAL = `--import=${new URL('collect-on-signal.mjs', import.meta.url).href}`;

/** What a process that was started with `COLLECTS_ON_SIGNAL` uses, its garbage left out. */
export async function memoryOf({ pid, url }: ServerProcess): Promise<Memory> {
  const looks: Memory[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    process.kill(pid, 'SIGUSR2');
    await setTimeout(BETWEEN_LOOKS_MS);
    const text = await (await fetch(`${url}/metrics`)).text();
    const read = (name: string): number => Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]) / MEGABYTE;
    looks.push({ resident: read('process_resident_memory_bytes'), heap: read('nodejs_heap_size_used_bytes') });
  }
  return {
    resident: Math.round(Math.min(...looks.map(({ resident }) => resident))),
    heap: Math.round(Math.min(...looks.map(({ heap }) => heap))),
  };
}
