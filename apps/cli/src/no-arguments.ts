import { UsageError } from './command.js';

export function noArguments(args: readonly string[]): void {
  if (args.length > 0) throw new UsageError(`This command takes no arguments, and was given: ${args.join(' ')}`);
}
