import { Migrations } from '#database';
import type { Command } from '../command.js';
import { noArguments } from '../no-arguments.js';
import { withShop } from '../with-shop.js';

/** A migration may build an index over everything there is. */
const STATEMENT_TIMEOUT_MS = 600_000;

export const migrate: Command = {
  name: 'migrate',
  usage: ['migrate'],
  summary: 'Bring the database schema up to date. Safe to run at any time and by several at once.',
  async run(args) {
    noArguments(args);
    const applied = await withShop((shop) => shop.get(Migrations).run(), {
      anySchema: true,
      overrides: {
        DATABASE_STATEMENT_TIMEOUT_MS: String(STATEMENT_TIMEOUT_MS),
        DATABASE_LOCK_TIMEOUT_MS: '60000',
      },
    });
    for (const name of applied) console.log(`applied ${name}`);
    console.log(applied.length === 0 ? 'The schema is up to date.' : `${applied.length} migration(s) applied.`);
  },
};
