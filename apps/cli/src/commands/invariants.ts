import { Invariants } from '#database';
import { CommandFailed, type Command } from '../command.js';
import { noArguments } from '../no-arguments.js';
import { oneLine } from '../terminal-text.js';
import { withShop } from '../with-shop.js';

/** An invariant may have to look at everything there is. */
const STATEMENT_TIMEOUT_MS = 600_000;

export const invariants: Command = {
  name: 'invariants',
  usage: ['invariants'],
  summary: 'Ask whether the invariants of the data hold. Exit code 1 when one does not.',
  async run(args) {
    noArguments(args);
    const report = await withShop((shop) => shop.get(Invariants).check(), {
      overrides: { DATABASE_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS) },
    });
    for (const { name, description, violations, sample } of report.checks) {
      console.log(`${violations === 0 ? 'holds ' : 'BROKEN'}  ${name}: ${description}`);
      for (const row of sample) console.log(`        ${oneLine(JSON.stringify(row))}`);
    }
    const broken = report.checks.filter((check) => check.violations > 0).length;
    if (broken > 0) throw new CommandFailed(`${broken} of ${report.checks.length} invariants are broken.`);
    console.log(`All ${report.checks.length} invariants hold.`);
  },
};
