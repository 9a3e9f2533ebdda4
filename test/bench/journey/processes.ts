import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { familyMs, parseProcStat, type ProcStat } from './proc-stat.js';

/** The parts whose processor time is counted. */
export type Part = 'api' | 'worker' | 'PostgreSQL' | 'RabbitMQ' | 'Redis' | 'client';

export type CpuTimes = Readonly<Partial<Record<Part, number>>>;

const KIBIBYTES_OF_A_MEBIBYTE = 1_024;

/** Processor time of each part so far, in milliseconds: with its child processes, but this process without the shop's, which it has started. */
export function cpuTimes(pids: ReadonlyMap<Part, number>): CpuTimes {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(name));
  const msOf = (part: Part, pid: number): number =>
    part === 'client' ? parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).ownMs : familyMs(pid, all);
  return Object.fromEntries([...pids].map(([part, pid]) => [part, msOf(part, pid)]));
}

/** @returns what a process has in memory, in MiB */
export function residentMiB(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / KIBIBYTES_OF_A_MEBIBYTE;
}

export function requireProc(): void {
  if (!existsSync('/proc/self/stat')) throw new Error('This benchmark reads /proc: run it on Linux.');
}

function statOf(pid: string): ProcStat[] {
  try {
    return [parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
  } catch (error) {
    // It has ended since the folder was listed.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
