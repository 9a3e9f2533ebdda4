/** What Linux says about a process in /proc/<pid>/stat, see proc(5). */
export interface ProcStat {
  readonly pid: number;
  readonly parentPid: number;
  /** Processor time of all its threads, user and system. */
  readonly ownMs: number;
  /** Processor time of its children that have ended. */
  readonly endedChildrenMs: number;
}

/** Linux counts in hundredths of a second towards programs, whatever the kernel was built with. */
const TICK_MS = 10;

export function parseProcStat(text: string): ProcStat {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(text, 10),
    parentPid: field(4),
    ownMs: (field(14) + field(15)) * TICK_MS,
    endedChildrenMs: (field(16) + field(17)) * TICK_MS,
  };
}

/** Processor time of a process and everything that descends from it, in milliseconds. */
export function familyMs(root: number, all: readonly ProcStat[]): number {
  const own = all.find(({ pid }) => pid === root);
  if (own === undefined) throw new Error(`Process ${root} has ended.`);
  const children = all.filter(({ parentPid }) => parentPid === root);
  return children.reduce((sum, { pid }) => sum + familyMs(pid, all), own.ownMs + own.endedChildrenMs);
}
