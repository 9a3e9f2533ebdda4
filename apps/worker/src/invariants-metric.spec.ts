import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Config } from '#config';
import { Invariants } from '#database';
import { Metrics } from '#observability';
import { WholeShop } from '../../../test/support/whole-shop.js';
import { InvariantsMetric } from './invariants-metric.js';

let shop: WholeShop;
beforeAll(async () => {
  shop = await WholeShop.open();
});
afterAll(() => shop.close());

function aWorker() {
  const metrics = new Metrics();
  const checker = new InvariantsMetric(shop.get(Config), shop.get(Invariants), metrics);
  const values = async () =>
    [...(await metrics.render()).matchAll(/^holdfast_invariant_violations\{name="(\w+)"\} (\d+)$/gm)].map(
      ([, name, count]): [string, number] => [name ?? '', Number(count)],
    );
  return { checker, values };
}

it('says of each invariant how many rows break it, in one worker at a time', async () => {
  const [first, second] = [aWorker(), aWorker()];
  expect(await first.checker.check()).toBe(true);
  expect(await second.checker.check()).toBe(false);
  const names = shop.get(Invariants).all.map(({ name }) => name);
  expect(Object.fromEntries(await first.values())).toEqual(Object.fromEntries(names.map((name) => [name, 0])));
  expect(await second.values()).toEqual([]);

  await shop.rows(`INSERT INTO messaging.outbox (id, type, source, subject, sequence, data, mandatory, correlation_id, traceparent)
    SELECT gen_random_uuid(), 'order.placed.v1', 'order', 'order_x', n, '{}', false, 'x', 'x' FROM unnest(ARRAY[1, 3]) AS n`);
  await first.checker.check();
  expect(await first.values()).toContainEqual(['shop_event_sequences_have_no_gap', 1]);

  await first.checker.onModuleDestroy();
  expect(await second.checker.check()).toBe(true);
  expect(await second.values()).toContainEqual(['shop_event_sequences_have_no_gap', 1]);
  await second.checker.onModuleDestroy();
});
