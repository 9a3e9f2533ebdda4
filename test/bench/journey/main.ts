import { readOptions } from './options.js';
import { judge } from './bars.js';
import { report } from './report.js';
import { requireProc } from './processes.js';
import { runAll } from './run-all.js';
import { writeResults } from './write-results.js';

/*
 * What the whole shop does with orders, from cart to confirmed, beside what PostgreSQL alone does with them in the same run.
 * `--quick` takes less than a minute on a quiet machine, `--rows N` measures again with so many orders in the database, `--strict` ends
 * with 1 when a bar is missed. Without it only invariants that do not hold do that: a rate is the machine's, an oversold unit is ours.
 */
const options = readOptions(process.argv.slice(2));
requireProc();
const results = await runAll(options);
console.log(report(results));
console.log(`\nWritten: ${(await writeResults(results)).join(', ')}`);
const missed = judge(results).some(({ met }) => met === false);
process.exitCode = results.violations.length > 0 || (options.strict && missed) ? 1 : 0;
