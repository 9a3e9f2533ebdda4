import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { violations } from '../../support/invariants.js';
import { aProduct, stockOf } from '../../support/products.js';
import type { Shop } from '../../support/start-shop.js';
import { ConcurrentBuyers, kindOf } from '../sale/concurrent-buyers.js';
import { metricsOf, sum } from '../sale/metrics.js';
import { openShop } from '../sale/open-shop.js';
import type { Scenario, Stage } from '../scenario.js';

const APIS = 2;
const CONNECTIONS = 8;
const WAIT_MAX_MS = 250;
const OPENS_WITHIN_MS = 2_000;
const BACK_WITHIN_MS = 1_000;
/** What is late is still measured, up to so many times its limit. */
const PATIENCE_FACTOR = 10;
const LOOK_MS = 20;
const SHARE = 0.25;
const ON_HAND = 1_000_000;

interface Exchange {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: number;
}

/** How a window went. */
interface Gone {
  readonly how: string;
  readonly openedMs: number;
  readonly slowestMs: number;
  /** Lock requests of the window that waited for longer than `WAIT_MAX_MS` without success. */
  readonly waited: number;
  /** Orders of the window. */
  readonly placed: number;
  readonly backMs: number;
}

const kept = ({ openedMs, waited, placed, backMs }: Gone): boolean =>
  openedMs <= OPENS_WITHIN_MS && waited === 0 && placed > 0 && backMs <= BACK_WITHIN_MS;

/** Resolves with how long it took until every api's breaker is in that state. */
async function breakersAre(shop: Shop, state: 0 | 1, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  await eventually(
    async () => {
      const open = sum(await metricsOf(shop), /^lock_breaker_state(?:\{.*\})? (\d)$/gm);
      if (open !== state * shop.apis.length)
        throw new Error(`The breakers are not ${state === 1 ? 'open' : 'closed'}.`);
    },
    { withinMs, everyMs: LOOK_MS },
  );
  return performance.now() - startedAt;
}

/** Lock requests that ended without an answer of the service after more than the limit. */
async function unansweredLate(shop: Shop): Promise<number> {
  const texts = await metricsOf(shop);
  const series = String.raw`lock_acquire_seconds_%\{[^}]*outcome="unavailable"[^}]*\} (\d+)$`;
  const all = sum(texts, new RegExp(`^${series.replace('%', 'count')}`, 'gm'));
  const limit = `le="${WAIT_MAX_MS / 1_000}"`;
  const inTime = sum(
    texts,
    new RegExp(`^lock_acquire_seconds_bucket\\{(?=[^}]*${limit})(?=[^}]*outcome="unavailable")[^}]*\\} (\\d+)$`, 'gm'),
  );
  return all - inTime;
}

const slowest = (exchanges: readonly Exchange[], from: number, to: number): number =>
  Math.max(
    0,
    ...exchanges
      .filter((exchange) => exchange.startedAt >= from && exchange.endedAt <= to)
      .map((exchange) => exchange.endedAt - exchange.startedAt),
  );

async function goneFor(
  seconds: number,
  parts: { shop: Shop; sku: string; exchanges: readonly Exchange[]; how: string; take(): unknown; giveBack(): unknown },
): Promise<Gone> {
  const { shop, sku, exchanges, how } = parts;
  await parts.take();
  const openedMs = await breakersAre(shop, 1, PATIENCE_FACTOR * OPENS_WITHIN_MS);
  await pause(2 * WAIT_MAX_MS); // What was on its way to Redis when the breaker opened has given up by now.
  const from = performance.now();
  const waitedBefore = await unansweredLate(shop);
  const { reserved: placedBefore } = await stockOf(shop, sku);
  await pause(seconds * 1_000);
  const placed = (await stockOf(shop, sku)).reserved - placedBefore;
  const waited = (await unansweredLate(shop)) - waitedBefore;
  const to = performance.now();
  await parts.giveBack();
  const backMs = await breakersAre(shop, 0, PATIENCE_FACTOR * BACK_WITHIN_MS);
  return { how, openedMs, slowestMs: slowest(exchanges, from, to), waited, placed, backMs };
}

async function play(stage: Stage, shop: Shop, seconds: number) {
  const sku = await aProduct(shop, { onHand: ON_HAND });
  const buyers = new ConcurrentBuyers(shop, CONNECTIONS);
  const end = new AbortController();
  const exchanges: Exchange[] = [];
  const kinds = new Map<string, number>();
  const buying = buyers.keepBuying(sku, end.signal, (answer) => {
    const endedAt = performance.now();
    exchanges.push({ startedAt: endedAt - answer.ms, endedAt, status: answer.status });
    kinds.set(kindOf(answer), (kinds.get(kindOf(answer)) ?? 0) + 1);
  });
  const { backend } = stage;
  try {
    const each = Math.max(2, seconds * SHARE);
    await pause(1_000);
    const from = performance.now();
    await pause(each * 1_000);
    const usualMs = slowest(exchanges, from, performance.now());
    const parts = { shop, sku, exchanges };
    const frozen = { ...parts, how: 'frozen', take: () => backend.freeze(), giveBack: () => backend.thaw() };
    const killed = { ...parts, how: 'killed', take: () => backend.kill(''), giveBack: () => backend.start() };
    const windows = [await goneFor(each, frozen)];
    await pause(1_000);
    windows.push(await goneFor(each, killed));
    return { sku, usualMs, windows, kinds };
  } finally {
    end.abort();
    await buying;
    buyers.leave();
  }
}

export const outageUnderLoad = (seconds: number): Scenario => ({
  name: `Redis gone under load, ${APIS} apis: breaker open within ${OPENS_WITHIN_MS / 1_000} s, then no wait on it over ${WAIT_MAX_MS} ms, back within 1 s, no 5xx`,
  drivers: ['redis'],
  async run(stage) {
    const shop = await openShop(stage.backend, APIS);
    try {
      const { sku, usualMs, windows, kinds } = await play(stage, shop, seconds);
      const bad = [...kinds].filter(([kind]) => !kind.startsWith('2'));
      const { onHand, reserved } = await stockOf(shop, sku);
      const broken = await violations(shop);
      const figures = windows.map(
        ({ how, openedMs, slowestMs, waited, placed, backMs }) =>
          `${how}: open after ${Math.round(openedMs)} ms, then ${placed} orders, slowest request ${Math.round(slowestMs)} ms and ${waited} waits over ${WAIT_MAX_MS} ms, back after ${Math.round(backMs)} ms`,
      );
      const answers = bad.map(([kind, count]) => `${count} × ${kind}`).join() || 'no 5xx';
      const invariants =
        broken.length === 0 ? 'all invariants hold' : `violated: ${broken.map(({ name }) => name).join()}`;
      return {
        figure: [
          `slowest before ${Math.round(usualMs)} ms`,
          ...figures,
          `${reserved} orders, ${answers}`,
          invariants,
        ].join('; '),
        held: windows.every(kept) && bad.length === 0 && reserved <= onHand && broken.length === 0,
      };
    } finally {
      await shop.stop();
    }
  },
});
