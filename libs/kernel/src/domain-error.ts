import type { ErrorKind, ProblemType } from './problem-type.js';

/** Facts about the failure that a caller may act on; sent to the client as members of the problem document. */
export type ErrorData = Readonly<Record<string, unknown>>;

/**
 * A failure that the caller can understand and act on. Each class declares its type as `static readonly problem`; without one it is a mistake of
 * the program. The message is shown to clients, so it says what to do and never names a host, a secret or a person.
 */
export abstract class DomainError extends Error {
  static readonly problem: ProblemType = { code: 'internal_error', kind: 'internal', title: 'Unexpected failure' };

  constructor(
    message: string,
    readonly data: ErrorData = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }

  get problem(): ProblemType {
    return (this.constructor as typeof DomainError).problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get kind(): ErrorKind {
    return this.problem.kind;
  }
}

/** The types of all errors that a file exports, as in `import * as errors from`. */
export const problemsOf = (exported: Readonly<Record<string, unknown>>): ProblemType[] =>
  Object.values(exported).flatMap((each) =>
    typeof each === 'function' && each.prototype instanceof DomainError ? [(each as typeof DomainError).problem] : [],
  );
