import { Injectable } from '@nestjs/common';
import { CommandsModule } from '#commands';
import { DatabaseModule } from '#database';
import { StaleVersion, type ProblemType } from '#kernel';
import { httpProblems } from './http-problems.js';

const PLATFORM: readonly ProblemType[] = [
  ...Object.values(httpProblems),
  ...CommandsModule.problems,
  ...DatabaseModule.problems,
  StaleVersion.problem,
];

/** Every problem that this program can answer with, by its code. */
@Injectable()
export class ProblemCatalog {
  private readonly byCode = new Map<string, ProblemType>();

  /**
   * @param declared those of the program's modules
   * @throws Error for two that have one code and differ
   */
  constructor(declared: readonly ProblemType[]) {
    const known = [...PLATFORM, ...declared].filter(({ kind, code }) => kind !== 'internal' || code in httpProblems);
    for (const problem of known.toSorted((left, right) => (left.code < right.code ? -1 : 1))) this.add(problem);
  }

  /** Sorted by code. */
  all(): readonly ProblemType[] {
    return [...this.byCode.values()];
  }

  find(code: string): ProblemType | undefined {
    return this.byCode.get(code);
  }

  /** @throws Error for a code that no module declares */
  named(code: string): ProblemType {
    const problem = this.find(code);
    if (problem === undefined) throw new Error(`No module declares the problem ${code}.`);
    return problem;
  }

  private add(problem: ProblemType): void {
    const same = this.byCode.get(problem.code);
    if (same !== undefined && (same.kind !== problem.kind || same.title !== problem.title)) {
      throw new Error(`The problem ${problem.code} is declared twice, and not alike.`);
    }
    if (same === undefined) this.byCode.set(problem.code, problem);
  }
}
