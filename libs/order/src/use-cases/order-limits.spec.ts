import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '#kernel';
import { meeting } from '../../../../test/support/meeting.js';
import { OrderBench } from './order-bench.suite.js';
import type { Order } from '../persistence/order.entity.js';
import type { PlaceOutcome } from './place-orders.js';

const OPEN_ORDERS_MAX = 5;
const HELD_UNITS_MAX = 40;

let bench: OrderBench;
let mug: string;

beforeAll(async () => {
  bench = await OrderBench.open({
    OPEN_ORDERS_MAX: String(OPEN_ORDERS_MAX),
    HELD_UNITS_MAX: String(HELD_UNITS_MAX),
  });
  mug = await bench.shop.aProduct({ amount: 1_250, onHand: 100_000 });
});

afterAll(() => bench.shop.close());

/** A caller whom nobody else in this file is. */
const someone = () => `customer:${newId('order')}`;
const aRequest = (callerKey: string | undefined, quantity = 1, sku = mug) =>
  bench.aRequest([{ sku, quantity }], { callerKey });
const requests = (count: number, callerKey: string | undefined, quantity = 1) =>
  Promise.all(Array.from({ length: count }, () => aRequest(callerKey, quantity)));

const codes = (outcomes: readonly PlaceOutcome[]) =>
  outcomes.map((outcome) => ('error' in outcome ? outcome.error.code : 'placed'));
const placed = (outcomes: readonly PlaceOutcome[]): Order[] =>
  outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : []));
const times = (count: number, code: string) => Array.from({ length: count }, () => code);

/** How many statements it takes to place an order for each of so many callers. */
const statementsFor = async (count: number) => {
  const list = await Promise.all(Array.from({ length: count }, () => aRequest(someone())));
  return bench.statementsOf((tx) => bench.placeIn(tx, list));
};

describe('what one caller keeps unpaid', () => {
  it('is a limited number of orders, also in one list', async () => {
    const caller = someone();
    const outcomes = await bench.place(...(await requests(OPEN_ORDERS_MAX + 1, caller)));
    expect(codes(outcomes)).toEqual([...times(OPEN_ORDERS_MAX, 'placed'), 'open_orders_limit']);
    expect(outcomes.at(-1)).toMatchObject({ error: { data: { limit: OPEN_ORDERS_MAX } } });
  });

  it('is a limited number of units: six carts do not hold all that there is', async () => {
    const caller = someone();
    const rare = await bench.shop.aProduct({ onHand: 60 });
    const outcomes: PlaceOutcome[] = [];
    for (let cart = 0; cart < 6; cart += 1) outcomes.push(...(await bench.place(await aRequest(caller, 15, rare))));
    expect(codes(outcomes)).toEqual([...times(2, 'placed'), ...times(4, 'held_units_limit')]);
    expect(outcomes.at(-1)).toMatchObject({ error: { data: { limit: HELD_UNITS_MAX, requested: 15 } } });
    expect(await bench.level(rare)).toEqual({ onHand: 60, reserved: 30 });
  });

  it('never passes its limits, of twenty checkouts at once', async () => {
    const caller = someone();
    const all = await requests(20, caller);
    const outcomes = (await Promise.all(all.map((request) => bench.place(request)))).flat();
    expect(codes(outcomes).toSorted()).toEqual([
      ...times(20 - OPEN_ORDERS_MAX, 'open_orders_limit'),
      ...times(OPEN_ORDERS_MAX, 'placed'),
    ]);
    const greedy = someone();
    const big = await requests(20, greedy, 15);
    const decided = (await Promise.all(big.map((request) => bench.place(request)))).flat();
    expect(placed(decided)).toHaveLength(2);
  });

  it('is counted again when an order is cancelled, has expired or is paid', async () => {
    const caller = someone();
    const orders = placed(await bench.place(...(await requests(OPEN_ORDERS_MAX, caller))));
    await bench.cancel(orders[0]!);
    await bench.expire(orders[1]!.id);
    await bench.confirm(bench.captureOf(orders[2]!));
    const outcomes = await bench.place(...(await requests(4, caller)));
    expect(codes(outcomes)).toEqual([...times(3, 'placed'), 'open_orders_limit']);
  });

  it('is not known any more of an order that is over: the address of a guest is kept no longer than needed', async () => {
    const caller = someone();
    const [ended, waiting] = placed(await bench.place(...(await requests(2, caller))));
    await bench.cancel(ended!);
    expect(await bench.now(ended!.id)).toMatchObject({ caller_key: null });
    await bench.startPayment(waiting!);
    expect(await bench.now(waiting!.id)).toMatchObject({ caller_key: caller });
  });

  it('does not limit staff, and free orders wait for nothing', async () => {
    const gift = await bench.shop.aProduct({ amount: 0, onHand: 1_000 });
    const staff = await bench.place(...(await requests(OPEN_ORDERS_MAX + 3, undefined)));
    expect(codes(staff)).toEqual(times(OPEN_ORDERS_MAX + 3, 'placed'));
    const caller = someone();
    const free = await Promise.all(Array.from({ length: OPEN_ORDERS_MAX + 2 }, () => aRequest(caller, 30, gift)));
    expect(codes(await bench.place(...free))).toEqual(times(OPEN_ORDERS_MAX + 2, 'placed'));
  });

  it('hinders nobody else, not even while its own checkout lasts', async () => {
    const pen = await bench.shop.aProduct();
    const [busy, other] = [await aRequest(someone()), await aRequest(someone(), 1, pen)];
    const [bothBegan, otherEnded] = [meeting(2), meeting(2)];
    const busyCheckout = bench.run(async (tx) => {
      await bench.placeIn(tx, [busy]);
      await bothBegan();
      await otherEnded();
    });
    await bothBegan();
    const outcome = await bench.place(other).finally(() => void otherEnded());
    await busyCheckout;
    expect(codes(outcome)).toEqual(['placed']);
  });

  it('costs as many statements for thirty callers as for one', async () => {
    expect(await statementsFor(30)).toBe(await statementsFor(1));
  });

  it('is locked in one order: lists that name the same callers crosswise do not deadlock', async () => {
    const [a, b] = [someone(), someone()];
    let runs = 0;
    const lists = await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        Promise.all((turn % 2 === 0 ? [a, b] : [b, a]).map((caller) => aRequest(caller))),
      ),
    );
    const outcomes = await Promise.all(
      lists.map((list) =>
        bench.run((tx) => {
          runs += 1; // A deadlock would have the transaction run again.
          return bench.placeIn(tx, list);
        }),
      ),
    );
    expect(runs).toBe(10);
    expect(placed(outcomes.flat())).toHaveLength(2 * OPEN_ORDERS_MAX);
  });
});

it('leaves orders, stock and carts that keep their invariants', async () => {
  expect(await bench.shop.violations()).toEqual([]);
});
