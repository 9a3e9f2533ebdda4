import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { table } from '../support/table.js';
import { fuzz } from './fuzz.js';
import { growth } from './growth.js';

/*
 * Requests made from /openapi.json, right, nearly right and hostile, sent to a shop of real processes: --requests (50000), --seed (a new
 * one; it is printed). Ends with 1 when an answer was not in the document, was a failure of the server, took above 3 s, or when memory grew
 * or an invariant does not hold.
 */
const { values } = parseArgs({ options: { seed: { type: 'string' }, requests: { type: 'string', default: '50000' } } });
const seed = Number(values.seed ?? randomInt(2 ** 31));
const requests = Number(values.requests);
console.log(`seed ${seed}, ${requests} requests`);

const startedAt = performance.now();
const { answers, failures, slowest, slowestMs, warm, end, violated, unreached } = await fuzz({ seed, requests });

const seen = new Set([...answers.values()].flatMap((counts) => Array.from(counts.keys())));
const statuses = Array.from(seen).toSorted((a, b) => a - b);
function rowOf([id, counts]: readonly [string, ReadonlyMap<number, number>]): string[] {
  return [id].concat(statuses.map((status) => String(counts.get(status) ?? '')));
}
const rows = [...answers].map((each) => rowOf(each));
console.log(
  table(
    ['operation', ...statuses.map(String)],
    rows.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  ),
);
console.log(
  `\n${Math.round((performance.now() - startedAt) / 1_000)} s. The slowest answer took ${Math.round(slowestMs)} ms: ${slowest}`,
);
console.log(
  `Memory of the api after a third: heap ${warm.heap} MB, resident ${warm.resident} MB; at the end: ${end.heap} and ${end.resident} MB.`,
);

const complaints = [
  ...failures,
  ...growth(warm, end),
  ...violated.map((violation) => `violated: ${JSON.stringify(violation)}`),
  ...unreached.map((id) => `${id} was never answered well`),
];
for (const complaint of complaints) console.log(`\n${complaint}`);
console.log(
  `\n${complaints.length === 0 ? 'Everything held' : 'NOT HELD'}: npm run test:fuzz -- --seed ${seed} --requests ${requests}`,
);
process.exitCode = complaints.length === 0 ? 0 : 1;
