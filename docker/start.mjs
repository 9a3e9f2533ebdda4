import { requireNode } from './services/node-version.mjs';

requireNode();
const { runMain } = await import('./services/terminal.mjs');
const { startShop } = await import('./run/shop.mjs');
await runMain(startShop);
