import { violations } from '../../support/invariants.js';
import { aProduct, stockOf } from '../../support/products.js';
import type { Shop } from '../../support/start-shop.js';
import { KILLED } from '../backends/backend.js';
import { ConcurrentBuyers, type SaleCounts } from '../sale/concurrent-buyers.js';
import { metricsOf, sum } from '../sale/metrics.js';
import { openShop } from '../sale/open-shop.js';
import type { Outcome, Scenario, Stage } from '../scenario.js';

const APIS = 4;
const CONNECTIONS = 64;
const HOT_BUYERS = 100;
const KILLED_AT = 0.4;
const BACK_AT = 0.7;
const SOLD_OUT = '409 insufficient_stock';

/** Buyers of `units` units: exactly so many get one, whatever becomes of the locks. */
async function sell(stage: Stage, { orders, units }: Size, faults: Faults): Promise<Outcome> {
  const shop = await openShop(stage.backend, APIS);
  const buyers = new ConcurrentBuyers(shop, CONNECTIONS);
  try {
    const hot = await buyers.buy(await aProduct(shop, { onHand: 1 }), HOT_BUYERS);
    const sku = await aProduct(shop, { onHand: units });
    const fault = faults(stage, shop, orders);
    const startedAt = performance.now();
    const counts = await buyers.buy(sku, orders, (answered) => fault.after(answered));
    const seconds = (performance.now() - startedAt) / 1_000;
    const hit = await fault.done();
    const { onHand, reserved } = await stockOf(shop, sku);
    const broken = await violations(shop);
    return {
      figure: [
        hit.figure,
        listed(counts.ends),
        `${HOT_BUYERS} buyers of one unit: ${hot.get('201')} order`,
        `sent again after ${listed(counts.retried) || 'none'}`,
        broken.length === 0 ? 'all invariants hold' : `violated: ${broken.map(({ name }) => name).join()}`,
        `${Math.round(seconds)} s`,
      ]
        .filter(Boolean)
        .join('; '),
      held:
        hit.held &&
        soldExactly(counts, { orders, units }) &&
        soldExactly(hot, { orders: HOT_BUYERS, units: 1 }) &&
        [onHand, reserved].every((count) => count === units) &&
        broken.length === 0,
    };
  } finally {
    buyers.leave();
    await shop.stop();
  }
}

interface Size {
  readonly orders: number;
  readonly units: number;
}

type Faults = (
  stage: Stage,
  shop: Shop,
  orders: number,
) => { after(counts: SaleCounts): void; done(): Promise<Outcome> };

const none: Faults = () => ({ after: () => undefined, done: () => Promise.resolve({ figure: '', held: true }) });

/** How often the apis worked without a lock because its service did not answer. */
const unlocked = async (shop: Shop): Promise<number> =>
  sum(await metricsOf(shop), /^lock_fallback_total\{(?=[^}]*reason="unavailable")[^}]*\} (\d+)$/gm);

/** Takes the lock service away in the middle, and gives it back later. It must be missed. */
const outage: Faults = ({ backend }, shop, orders) => {
  let before = Number.NaN;
  let missed = Number.NaN;
  const kill = async () => {
    before = await unlocked(shop);
    await backend.kill(shop.databaseUrl);
  };
  const giveBack = async () => {
    missed = (await unlocked(shop)) - before;
    await backend.start();
  };
  const steps = [
    { at: KILLED_AT * orders, act: kill },
    { at: BACK_AT * orders, act: giveBack },
  ];
  let acting: Promise<void> = Promise.resolve();
  return {
    after: (counts) => {
      if (counts.answered < (steps[0]?.at ?? Number.POSITIVE_INFINITY)) return;
      const step = steps.shift();
      acting = acting.then(step?.act);
    },
    done: async () => {
      await acting;
      return { figure: `${KILLED[backend.name]}: missed by ${missed} locks`, held: missed > 0 };
    },
  };
};

const listed = (kinds: Iterable<[string, number]>): string =>
  [...kinds].map(([kind, count]) => `${count} × ${kind}`).join(', ');

const soldExactly = (counts: SaleCounts, { orders, units }: Size): boolean =>
  counts.get('201') === units && counts.get(SOLD_OUT) === orders - units;

const spread = ({ orders, units }: Size): string => `${orders} orders for ${units} units over ${APIS} apis`;

export const sale = (size: Size): Scenario => ({
  name: spread(size),
  drivers: [...Object.keys(KILLED), 'none'],
  run: (stage) => sell(stage, size, none),
});

export const saleWithOutage = (size: Size): Scenario => ({
  name: `${spread(size)}, lock service killed at 40 %, back at 70 %`,
  run: (stage) => sell(stage, size, outage),
});
