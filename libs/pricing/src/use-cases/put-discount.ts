import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import { DiscountLimitBelowUses } from '../domain/pricing.errors.js';
import { Discount } from '../persistence/discount.entity.js';
import { putRow } from '../persistence/put-row.js';

export type DiscountTerms = Omit<Discount, 'used'>;

export interface DiscountReplacement {
  readonly terms: DiscountTerms;
  readonly actor: string;
}

export interface PutDiscountResult {
  readonly discount: Discount;
  readonly created: boolean;
}

/** Creates a discount code or replaces its terms. Its uses stay, and orders that are placed keep their discount. */
@Injectable()
export class PutDiscount extends SingleCommand<DiscountReplacement, PutDiscountResult> {
  /** @throws {DiscountLimitBelowUses} */
  override async runOne(tx: Tx, { terms, actor }: DiscountReplacement): Promise<PutDiscountResult> {
    const { code, ...after } = terms;
    const row = await putRow(tx, Discount, { key: { code }, row: terms }, ({ used }) => {
      if (used > (terms.usesMax ?? Infinity)) throw new DiscountLimitBelowUses(used);
    });
    const before = row && Object.fromEntries(Object.keys(after).map((name) => [name, row[name as keyof typeof after]]));
    const action = before === null ? 'discount.create' : 'discount.replace';
    await recordAudit(tx, actor, [{ action, subject: { type: 'discount', id: code }, before, after }]);
    return { discount: Object.assign(new Discount(), { used: row?.used ?? 0 }, terms), created: row === null };
  }
}
