import type { Shop } from '../../support/start-shop.js';

/** What each api says of itself. */
export const metricsOf = (shop: Shop): Promise<string[]> =>
  Promise.all(shop.apis.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));

/** @param line with the value as its only group */
export const sum = (texts: readonly string[], line: RegExp): number =>
  texts.flatMap((text) => [...text.matchAll(line)]).reduce((total, [, value]) => total + Number(value), 0);
