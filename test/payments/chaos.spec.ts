import { randomInt } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { chaos } from './chaos.js';

/** The short form of `npm run test:payments`. */
const ORDERS = 40;
const BUYERS = 8;
const LIMIT_MS = 480_000;

it(
  'whatever goes wrong with Stripe, its webhooks and the processes: the two ledgers are equal, and every order has its money and goods or neither',
  async () => {
    const seed = randomInt(2 ** 31);
    const { complaints } = await chaos({ orders: ORDERS, buyers: BUYERS, seed });
    expect({ seed, complaints }).toEqual({ seed, complaints: [] });
  },
  LIMIT_MS,
);
