import { setTimeout as pause } from 'node:timers/promises';
import type { Connections } from './connections.js';
import { buy, type Basket, type Journey } from './journey.js';

const AFTER_REFUSAL_MS = 50;
const ARRIVALS_EVERY_MS = 5;

/** People who buy. What they met is in `journeys`, in the order in which it ended. */
export interface Load {
  readonly journeys: readonly Journey[];
  /** No journey begins any more; resolves when the last one has ended. */
  stop(): Promise<void>;
}

/** So many buyers, each of whom buys again as soon as the payment is answered: a closed loop. */
export function buyers(count: number, connections: Connections, next: () => Basket): Load {
  const journeys: Journey[] = [];
  const stopping = new AbortController();
  const one = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const journey = await buy(connections, next());
      journeys.push(journey);
      // Nobody asks again in the same moment, and a shop that is away must not make this process spin.
      if (journey.refusal !== undefined) await pause(AFTER_REFUSAL_MS);
    }
  };
  const all = Array.from({ length: count }, one);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(all);
  };
  return { journeys, stop };
}

/** So many buyers arrive each second, however long the others take: an open loop. */
export function arrivals(perSecond: number, connections: Connections, next: () => Basket): Load {
  const journeys: Journey[] = [];
  const running = new Set<Promise<void>>();
  const startedAt = performance.now();
  let arrived = 0;
  const arrive = (): void => {
    const due = ((performance.now() - startedAt) * perSecond) / 1_000;
    for (; arrived < due; arrived += 1) {
      const journey = buy(connections, next()).then((ended) => void journeys.push(ended));
      running.add(journey);
      void journey.finally(() => running.delete(journey));
    }
  };
  const timer = setInterval(arrive, ARRIVALS_EVERY_MS);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(running);
  };
  return { journeys, stop };
}
