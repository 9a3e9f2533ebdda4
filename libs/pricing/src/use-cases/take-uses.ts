import { Injectable } from '@nestjs/common';
import type { DiscountUse } from '#contracts';
import type { Tx } from '#database';
import { hashToken, type DomainError } from '#kernel';
import { decideUses } from '../domain/decide-uses.js';
import { DiscountExhausted } from '../domain/pricing.errors.js';
import { findUsesOfBuyers } from '../persistence/find-uses-of-buyers.js';
import { insertUses } from '../persistence/insert-uses.js';
import { lockDiscounts } from '../persistence/lock-discounts.js';

/**
 * Takes a use of a discount for each of these orders: three statements, however many. The rows of the discounts are locked until the orders
 * stand or do not, so buyers of one code place their orders one after the other. Outcomes come in the order of the uses.
 */
@Injectable()
export class TakeUses {
  async run(tx: Tx, uses: readonly DiscountUse[]): Promise<(DomainError | undefined)[]> {
    if (uses.length === 0) return [];
    const requests = uses.map(({ orderId, code, customerId, email }) => {
      return { orderId, code, customerId: customerId ?? null, emailHash: hashToken(email.toLowerCase()) };
    });
    const discounts = await lockDiscounts(tx, [...new Set(uses.map(({ code }) => code))]);
    const limited = requests.filter(({ code }) => discounts.get(code)?.usesMaxPerBuyer != null);
    const present = limited.length === 0 ? [] : await findUsesOfBuyers(tx, limited);
    const decisions = decideUses(requests, discounts, present);
    const granted = requests.filter((_, place) => decisions[place]);
    if (granted.length > 0) await insertUses(tx, granted);
    return requests.map(({ code }, place) => (decisions[place] === true ? undefined : new DiscountExhausted(code)));
  }
}
