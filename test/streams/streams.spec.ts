import { expect, it } from '@jest/globals';
import { streams } from './streams.js';

/** The short form of `npm run test:stream`. */
const CLIENTS = 50;
const ORDERS = 25;
const LIMIT_MS = 400_000;

it(
  'every client sees every event of its order once and in order, while connections break and a process is killed, stopped and started',
  async () => {
    const { complaints, reconnects, events } = await streams({ clients: CLIENTS, orders: ORDERS });
    expect(complaints).toEqual([]);
    expect(reconnects).toBeGreaterThan(CLIENTS / 2);
    expect(events).toBeGreaterThanOrEqual(CLIENTS * 5);
  },
  LIMIT_MS,
);
