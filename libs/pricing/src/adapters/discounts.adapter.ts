import { Injectable } from '@nestjs/common';
import { Discounts, type DiscountOutcome, type DiscountRequest, type DiscountUse } from '#contracts';
import type { Reader, Tx } from '#database';
import type { DomainError, Id } from '#kernel';
import { worthOf } from '../domain/worth-of.js';
import { deleteUses } from '../persistence/delete-uses.js';
import { findDiscounts } from '../persistence/find-discounts.js';
import { TakeUses } from '../use-cases/take-uses.js';

@Injectable()
export class DiscountsAdapter extends Discounts {
  constructor(private readonly takeUses: TakeUses) {
    super();
  }

  override async find(db: Reader, requests: readonly DiscountRequest[]): Promise<readonly DiscountOutcome[]> {
    if (requests.length === 0) return [];
    const codes = new Set(requests.map(({ code }) => code));
    const known = await findDiscounts(db, [...codes]);
    return requests.map((request) => worthOf(known.get(request.code), request));
  }

  override use(tx: Tx, uses: readonly DiscountUse[]): Promise<readonly (DomainError | undefined)[]> {
    return this.takeUses.run(tx, uses);
  }

  override async giveBack(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<void> {
    if (orderIds.length > 0) await deleteUses(tx, orderIds);
  }
}
