/** @servers none */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { familyMs, parseProcStat, type ProcStat } from './proc-stat.js';

const line = (pid: number, parent: number, times: string): string =>
  `${pid} (a (strange) name) S ${parent} 1 1 0 -1 4194560 100 200 0 0 ${times} 20 0 4 0 5000 1000000 300`;

const usage = (pid: number, parentPid: number, ownMs: number, endedChildrenMs = 0): ProcStat => {
  return { pid, parentPid, ownMs, endedChildrenMs };
};

describe('processor time', () => {
  it('is read behind a name with spaces and parentheses', () => {
    expect(parseProcStat(line(42, 7, '11 22 33 44'))).toEqual({
      pid: 42,
      parentPid: 7,
      ownMs: 330,
      endedChildrenMs: 770,
    });
  });

  it('of this process is what the system says of it', () => {
    const { pid, parentPid, ownMs } = parseProcStat(readFileSync('/proc/self/stat', 'utf8'));
    expect([pid, parentPid]).toEqual([process.pid, process.ppid]);
    expect(ownMs).toBeGreaterThan(0);
  });

  it('of a family counts children that live, their children, and children that have ended', () => {
    const all = [usage(1, 0, 5, 2), usage(2, 1, 10), usage(3, 2, 20, 1), usage(9, 0, 1_000)];
    expect(familyMs(1, all)).toBe(38);
  });

  it('of a process that has ended is not known', () => {
    expect(() => familyMs(4, [usage(1, 0, 5)])).toThrow('Process 4 has ended.');
  });
});
