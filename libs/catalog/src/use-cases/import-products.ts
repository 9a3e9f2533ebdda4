import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { StockReceipts } from '#contracts';
import type { Tx } from '#database';
import type { Money } from '#kernel';
import { writeProducts } from '../persistence/write-products.js';

export interface ImportRow {
  readonly sku: string;
  readonly name: string;
  readonly price: Money;
  /** Opening stock, in units; only for a SKU whose stock is not kept yet. */
  readonly onHand?: number | undefined;
}

export interface ProductImport {
  readonly rows: readonly ImportRow[];
  readonly actor: string;
}

export interface RowError {
  /** Place of the row among those given, from 0. */
  readonly row: number;
  readonly member: keyof ImportRow;
  readonly code: 'duplicate_sku' | 'stock_already_opened';
  readonly detail: string;
}

export interface ImportOutcome {
  readonly created: number;
  readonly updated: number;
  /** Stock levels that began with this import, empty ones included. */
  readonly stockOpened: number;
  readonly errors: readonly RowError[];
}

/**
 * Writes many products with their opening stock: a fixed number of statements, however many rows. What exists gets its name and price from the
 * import and keeps the rest. A row that repeats a SKU is left out; opening stock for a level that exists is left out and reported.
 */
@Injectable()
export class ImportProducts extends SingleCommand<ProductImport, ImportOutcome> {
  constructor(private readonly receipts: StockReceipts) {
    super();
  }

  override async runOne(tx: Tx, { rows, actor }: ProductImport): Promise<ImportOutcome> {
    const first = new Map<string, number>();
    for (const [row, { sku }] of rows.entries()) if (!first.has(sku)) first.set(sku, row);
    const unique = rows.filter(({ sku }, row) => first.get(sku) === row);

    const created = await writeProducts(
      tx,
      unique.map((row) => ({ ...row, active: true, maxPerOrder: null })),
      'rename',
      actor,
    );
    const levels = unique.map(({ sku, onHand }) => ({ sku, onHand: onHand ?? 0 }));
    const existing = new Set(await this.receipts.open(tx, levels, actor));
    return {
      created: created.size,
      updated: unique.length - created.size,
      stockOpened: unique.length - existing.size,
      errors: rows.flatMap(({ sku, onHand }, row) => {
        if (first.get(sku) !== row) return [duplicate(row)];
        return onHand !== undefined && existing.has(sku) ? [alreadyOpened(row)] : [];
      }),
    };
  }
}

const duplicate = (row: number): RowError => ({
  row,
  member: 'sku',
  code: 'duplicate_sku',
  detail: 'An earlier row has this SKU; this one was left out.',
});

const alreadyOpened = (row: number): RowError => ({
  row,
  member: 'onHand',
  code: 'stock_already_opened',
  detail: 'The stock of this SKU is kept already and stays as it is. Change it by an adjustment or a count.',
});
