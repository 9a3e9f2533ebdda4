import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { table } from '../support/table.js';
import { chaos } from './chaos.js';
import { outage } from './outage.js';

/*
 * Buyers pay with the stand-in for Stripe while it, its webhooks and the processes fail at random: --orders (1000), --buyers at once (12), --seed
 * (a new one; it is printed). Then Stripe is down for --outage seconds (120; 0 leaves it out). Ends with 1 when something did not hold.
 */
const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    buyers: { type: 'string', default: '12' },
    seed: { type: 'string' },
    outage: { type: 'string', default: '120' },
  },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const orders = Number(values.orders);
const buyers = Number(values.buyers);
const outageSeconds = Number(values.outage);
const OUTAGE_BUYERS = 60;
const complaints: string[] = [];

console.log(`seed ${seed}, ${orders} orders`);
const began = performance.now();
const { complaints: ofChaos, ...counts } = await chaos({ orders, buyers, seed });
const rows = Object.entries(counts).flatMap(([of, each]) =>
  Object.entries(each).map(([name, count]) => [of, name, String(count)]),
);
console.log(`${table(['of', 'what', 'count'], rows)}\n\n${seconds(began)} s`);
complaints.push(...ofChaos);

if (outageSeconds > 0) {
  const outageBegan = performance.now();
  const {
    complaints: ofOutage,
    slowestMs,
    circuit,
    answers,
  } = await outage({ seconds: outageSeconds, buyers: OUTAGE_BUYERS });
  console.log(
    `\nStripe down for ${outageSeconds} s: the slowest answer took ${Math.round(slowestMs)} ms; ${circuit.join(', then ')}`,
  );
  console.log(
    table(
      ['answer', 'count'],
      Object.entries(answers).map(([answer, count]) => [answer, String(count)]),
    ),
  );
  console.log(`\n${seconds(outageBegan)} s`);
  complaints.push(...ofOutage);
}

for (const complaint of complaints) console.log(`\n${complaint}`);
console.log(
  `\n${complaints.length === 0 ? 'Everything held' : 'NOT HELD'}: npm run test:payments -- --seed ${seed} --orders ${orders}`,
);
process.exitCode = complaints.length === 0 ? 0 : 1;

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1_000);
}
