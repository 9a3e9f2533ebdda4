import { randomInt } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { fuzz } from './fuzz.js';
import { growth } from './growth.js';

/** The short form of `npm run test:fuzz`. */
const REQUESTS = 5_000;
const LIMIT_MS = 300_000;

it(
  'requests made from the OpenAPI document, right and hostile, are all answered as it says, and leave the shop as it should be',
  async () => {
    const seed = randomInt(2 ** 31);
    const { failures, violated, unreached, warm, end } = await fuzz({ seed, requests: REQUESTS });
    const expected = { seed, failures: [], violated: [], unreached: [], growth: [] };
    expect({ seed, failures, violated, unreached, growth: growth(warm, end) }).toEqual(expected);
  },
  LIMIT_MS,
);
