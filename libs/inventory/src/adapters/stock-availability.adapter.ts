import { Injectable } from '@nestjs/common';
import { StockAvailability } from '#contracts';
import type { Reader } from '#database';
import { findAvailable } from '../persistence/find-available.js';

@Injectable()
export class StockAvailabilityAdapter extends StockAvailability {
  override available(db: Reader, skus: readonly string[]): Promise<Map<string, number>> {
    return findAvailable(db, skus);
  }
}
