import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { StockReceipts, type OpeningStock } from '#contracts';
import type { Tx } from '#database';
import { openLevels } from '../persistence/open-levels.js';

@Injectable()
export class StockReceiptsAdapter extends StockReceipts {
  override async open(tx: Tx, levels: readonly OpeningStock[], actor: string): Promise<string[]> {
    if (levels.length === 0) return [];
    const opened = await openLevels(tx, levels, actor);
    await recordAudit(
      tx,
      actor,
      levels
        .filter(({ sku }) => opened.has(sku))
        .map(({ sku, onHand }) => ({
          action: 'stock.opening',
          subject: { type: 'stock', id: sku },
          before: null,
          after: { onHand },
        })),
    );
    return levels.map(({ sku }) => sku).filter((sku) => !opened.has(sku));
  }
}
