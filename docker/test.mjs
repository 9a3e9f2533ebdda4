import { requireNode } from './services/node-version.mjs';

requireNode();
const { runMain } = await import('./services/terminal.mjs');
const { runTests } = await import('./run/tests.mjs');
await runMain(() => runTests(process.argv.slice(2)));
