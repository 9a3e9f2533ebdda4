import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { StockReceipts, type OpeningStock } from '#contracts';
import type { Tx } from '#database';
import { newId } from '#kernel';
import { LOCATION } from '../persistence/stock-level.entity.js';

const OPEN = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) AS given (sku, on_hand, movement_id)
  ), opened AS (
    INSERT INTO inventory.levels (sku, location, on_hand)
    SELECT sku, $4, on_hand FROM given ORDER BY sku
    ON CONFLICT DO NOTHING
    RETURNING sku, location, on_hand
  )
  INSERT INTO inventory.movements (id, sku, location, kind, delta, on_hand, reason, actor)
  SELECT given.movement_id, sku, opened.location, 'opening', opened.on_hand, opened.on_hand, 'opening stock', $5
  FROM opened JOIN given USING (sku)
  RETURNING sku`;

@Injectable()
export class StockReceiptsAdapter extends StockReceipts {
  override async open(tx: Tx, levels: readonly OpeningStock[], actor: string): Promise<string[]> {
    if (levels.length === 0) return [];
    const { rows } = await tx.query<{ sku: string }>(OPEN, [
      levels.map(({ sku }) => sku),
      levels.map(({ onHand }) => onHand),
      levels.map(() => newId('mov')),
      LOCATION,
      actor,
    ]);
    const opened = new Set(rows.map(({ sku }) => sku));
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
