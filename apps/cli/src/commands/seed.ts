import { ImportProducts } from '#catalog';
import { Transactions } from '#database';
import type { Command } from '../command.js';
import { demoCatalogue } from '../demo-catalogue.js';
import { noArguments } from '../no-arguments.js';
import { withShop } from '../with-shop.js';

export const seed: Command = {
  name: 'seed',
  usage: ['seed'],
  summary: 'Add the products of a small demo shop, with stock. Running it again changes no stock.',
  async run(args) {
    noArguments(args);
    const { created, updated, stockOpened } = await withShop((shop) =>
      shop
        .get(Transactions)
        .run((tx) => shop.get(ImportProducts).runOne(tx, { rows: demoCatalogue, actor: 'staff:seed' })),
    );
    console.log(`${created} products added, ${updated} there already, stock opened for ${stockOpened}.`);
  },
};
