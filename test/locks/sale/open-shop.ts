import { loadConfig } from '#config';
import { Shop } from '../../support/start-shop.js';
import type { Backend } from '../backends/backend.js';

/** Shops of other tests are patient with a busy machine. What is played here is what locks do with the limits of the product. */
const { REDIS_COMMAND_TIMEOUT_MS } = loadConfig({});

/** So many apis and a worker that lock through this backend. */
export const openShop = (backend: Backend, apis: number): Promise<Shop> =>
  Shop.start({
    apis,
    workers: 1,
    env: { REDIS_COMMAND_TIMEOUT_MS: String(REDIS_COMMAND_TIMEOUT_MS), ...backend.env },
  });
