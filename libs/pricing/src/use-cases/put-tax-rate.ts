import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import { CountryTax } from '../persistence/country-tax.entity.js';
import { putRow } from '../persistence/put-row.js';

export interface RateReplacement {
  readonly rate: CountryTax;
  readonly actor: string;
}

/** Sets the tax of a country. Orders that are placed keep the tax that they have. */
@Injectable()
export class PutTaxRate extends SingleCommand<RateReplacement, 'created' | 'replaced'> {
  override async runOne(tx: Tx, { rate, actor }: RateReplacement): Promise<'created' | 'replaced'> {
    const { country, ...after } = rate;
    const row = await putRow(tx, CountryTax, { key: { country }, row: rate });
    const before = row && { basisPoints: row.basisPoints, inclusive: row.inclusive };
    const action = before === null ? 'tax_rate.create' : 'tax_rate.replace';
    await recordAudit(tx, actor, [{ action, subject: { type: 'tax_rate', id: country }, before, after }]);
    return before === null ? 'created' : 'replaced';
  }
}
