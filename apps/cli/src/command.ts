/** One thing an operator can ask for. */
export interface Command {
  readonly name: string;
  /** How to call it, without the program's name: `keys create --label <text> --scopes <list>`. */
  readonly usage: readonly string[];
  readonly summary: string;
  /** @throws {UsageError} for arguments that it does not take, {@link CommandFailed} for what the operator can mend. */
  run(args: readonly string[]): Promise<void>;
}

/** The command was called wrongly. Answered with the usage and exit code 2. */
export class UsageError extends Error {}

/** The command could not do its work. The message is one line that says what to do; exit code 1. */
export class CommandFailed extends Error {}
