import { violations } from '../../support/invariants.js';
import { aProduct, stockOf } from '../../support/products.js';
import type { Shop } from '../../support/start-shop.js';
import { KILLED } from '../backends/backend.js';
import { Crowd, type Tally } from '../sale/crowd.js';
import { openShop } from '../sale/open-shop.js';
import type { Outcome, Scenario, Stage } from '../scenario.js';

const APIS = 4;
const LANES = 64;
const HOT_BUYERS = 100;
const KILLED_AT = 0.4;
const BACK_AT = 0.7;
const SOLD_OUT = '409 insufficient_stock';

/** Buyers of `units` units: exactly so many get one, whatever becomes of the locks. */
async function sell(stage: Stage, { orders, units }: Size, faults: Faults): Promise<Outcome> {
  const shop = await openShop(stage.backend, APIS);
  const crowd = new Crowd(shop, LANES);
  try {
    const hot = await crowd.buy(await aProduct(shop, { onHand: 1 }), HOT_BUYERS);
    const sku = await aProduct(shop, { onHand: units });
    const fault = faults(stage, shop, orders);
    const startedAt = performance.now();
    const tally = await crowd.buy(sku, orders, (answered) => fault.after(answered));
    const seconds = (performance.now() - startedAt) / 1_000;
    await fault.done();
    const { onHand, reserved } = await stockOf(shop, sku);
    const broken = await violations(shop);
    return {
      figure: [
        listed(tally.ends),
        `${HOT_BUYERS} buyers of one unit: ${hot.get('201')} order`,
        `sent again after ${listed(tally.retried) || 'none'}`,
        broken.length === 0 ? 'all laws hold' : `violated: ${broken.map(({ name }) => name).join()}`,
        `${Math.round(seconds)} s`,
      ].join('; '),
      held:
        soldExactly(tally, { orders, units }) &&
        soldExactly(hot, { orders: HOT_BUYERS, units: 1 }) &&
        [onHand, reserved].every((count) => count === units) &&
        broken.length === 0,
    };
  } finally {
    crowd.leave();
    await shop.stop();
  }
}

interface Size {
  readonly orders: number;
  readonly units: number;
}

type Faults = (stage: Stage, shop: Shop, orders: number) => { after(tally: Tally): void; done(): Promise<void> };

const none: Faults = () => ({ after: () => undefined, done: () => Promise.resolve() });

/** Takes the lock service away in the middle, and gives it back later. */
const outage: Faults = ({ backend }, shop, orders) => {
  const steps = [
    { at: KILLED_AT * orders, act: () => backend.kill(shop.databaseUrl) },
    { at: BACK_AT * orders, act: () => backend.start() },
  ];
  let acting: Promise<void> = Promise.resolve();
  return {
    after: (tally) => {
      if (tally.answered < (steps[0]?.at ?? Number.POSITIVE_INFINITY)) return;
      const step = steps.shift();
      acting = acting.then(step?.act);
    },
    done: () => acting,
  };
};

const listed = (kinds: Iterable<[string, number]>): string =>
  [...kinds].map(([kind, count]) => `${count} × ${kind}`).join(', ');

const soldExactly = (tally: Tally, { orders, units }: Size): boolean =>
  tally.get('201') === units && tally.get(SOLD_OUT) === orders - units;

const spread = ({ orders, units }: Size): string => `${orders} orders for ${units} units over ${APIS} apis`;

export const sale = (size: Size): Scenario => ({
  name: spread(size),
  drivers: [...Object.keys(KILLED), 'none'],
  run: (stage) => sell(stage, size, none),
});

export const saleWithOutage = (size: Size): Scenario => ({
  name: `${spread(size)}, lock service killed at 40 %, back at 70 %`,
  run: async (stage) => {
    const { figure, held } = await sell(stage, size, outage);
    return { figure: `${KILLED[stage.backend.name]}: ${figure}`, held };
  },
});
