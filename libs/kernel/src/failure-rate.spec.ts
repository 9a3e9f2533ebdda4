/** @servers none */
import { expect, it } from '@jest/globals';
import { FailureRate } from './failure-rate.js';

it('forgets what is older than its window', () => {
  const rate = new FailureRate(60_000);
  for (let second = 0; second < 30; second += 1) rate.note(true, second * 1_000);
  for (let second = 30; second < 90; second += 1) rate.note(false, second * 1_000);
  expect(rate.at(89_999)).toEqual({ total: 60, failures: 0 });
  expect(rate.at(100_000)).toEqual({ total: 49, failures: 0 });
  expect(rate.at(200_000)).toEqual({ total: 0, failures: 0 });
  rate.note(true, 200_000);
  expect(rate.at(200_500)).toEqual({ total: 1, failures: 1 });
});
