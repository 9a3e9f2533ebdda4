import { parseArgs } from 'node:util';
import { table } from '../support/table.js';
import { streams } from './streams.js';

/*
 * --clients (1000) follow --orders (500) on two api processes while connections break and a process is killed, stopped and started. Ends with 1
 * when a client lacks an event or has one twice, or when the process that lived on keeps memory.
 */
const { values } = parseArgs({
  options: { clients: { type: 'string', default: '1000' }, orders: { type: 'string', default: '500' } },
});
/** The code that a process has not run before is compiled and kept, too. */
const RATIO_MAX = 1.3;

const began = performance.now();
const outcome = await streams({ clients: Number(values.clients), orders: Number(values.orders) });
const { before, after, events, reconnects, complaints } = outcome;
const ratio = (of: 'heap' | 'resident'): number => after[of] / before[of];
console.log(
  table(
    ['memory of an api', 'before, MB', 'after, MB', 'ratio'],
    (['heap', 'resident'] as const).map((of) => [
      of,
      String(before[of]),
      String(after[of]),
      (Math.round(ratio(of) * 100) / 100).toFixed(2),
    ]),
  ),
);
console.log(`\n${events} events, ${reconnects} reconnects, ${Math.round((performance.now() - began) / 1_000)} s`);
const all = [
  ...complaints,
  ...(ratio('heap') > RATIO_MAX ? [`The heap grew to ${ratio('heap')} of what it was.`] : []),
];
for (const complaint of all) console.log(`\n${complaint}`);
console.log(all.length === 0 ? 'Everything held' : 'NOT HELD');
process.exitCode = all.length === 0 ? 0 : 1;
