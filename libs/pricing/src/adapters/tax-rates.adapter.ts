import { Injectable } from '@nestjs/common';
import { TaxRates, type TaxRate } from '#contracts';
import type { Reader } from '#database';
import { findTaxRates } from '../persistence/find-tax-rates.js';

@Injectable()
export class TaxRatesAdapter extends TaxRates {
  override async of(db: Reader, countries: readonly string[]): Promise<ReadonlyMap<string, TaxRate>> {
    return countries.length === 0 ? new Map<string, TaxRate>() : findTaxRates(db, countries);
  }
}
