import 'reflect-metadata';
import { startAdvice } from '../../start-advice.js';
import { CommandFailed, UsageError, type Command } from './command.js';
import { audit } from './commands/audit.js';
import { deadLetters } from './commands/dead-letters.js';
import { demo } from './commands/demo.js';
import { help, usageOf } from './commands/help.js';
import { invariants } from './commands/invariants.js';
import { keys } from './commands/keys.js';
import { migrate } from './commands/migrate.js';
import { payments } from './commands/payments.js';
import { seed } from './commands/seed.js';
import { indented } from './terminal-text.js';

const commands: readonly Command[] = [
  migrate,
  seed,
  keys,
  invariants,
  audit,
  deadLetters,
  payments,
  demo,
  help(() => commands),
];

// A command that failed half-way may leave a connection open; nothing waits for it.
process.exit(await run(process.argv.slice(2)));

/** Returns the exit code: 0 done, 1 failed, 2 called wrongly. */
async function run([name = '', ...args]: readonly string[]): Promise<number> {
  try {
    const command = commands.find((each) => each.name === name.replace(/^--/, ''));
    if (command === undefined) throw new UsageError(name === '' ? 'Which command?' : `There is no command ${name}.`);
    await command.run(args);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${indented(error.message)}\n\n${usageOf(commands)}`);
      return 2;
    }
    const advice = error instanceof CommandFailed ? error.message : startAdvice(error);
    const account = advice ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.stderr.write(`${indented(account)}\n`);
    return 1;
  }
}
