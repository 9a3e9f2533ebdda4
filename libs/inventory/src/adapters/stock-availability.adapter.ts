import { Injectable } from '@nestjs/common';
import { StockAvailability } from '#contracts';
import type { Reader } from '#database';
import { LOCATION } from '../persistence/stock-level.entity.js';

const AVAILABLE = `
  SELECT sku, on_hand - reserved AS available FROM inventory.levels WHERE sku = ANY($1) AND location = $2`;

@Injectable()
export class StockAvailabilityAdapter extends StockAvailability {
  override async available(db: Reader, skus: readonly string[]): Promise<Map<string, number>> {
    if (skus.length === 0) return new Map();
    const { rows } = await db.query<{ sku: string; available: number }>(AVAILABLE, [skus, LOCATION]);
    return new Map(rows.map((row) => [row.sku, row.available]));
  }
}
