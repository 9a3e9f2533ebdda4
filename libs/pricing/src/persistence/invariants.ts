import type { Invariant } from '#database';

/** What always holds of discounts. That each use has its order is an invariant of the shop. */
export const pricingInvariants: readonly Invariant[] = [
  {
    name: 'pricing_uses_are_counted',
    description: 'A discount counts as many uses as there are, and no more than its limit.',
    sql: `
      SELECT discounts.code, discounts.used, discounts.uses_max, count(uses.order_id) AS uses
      FROM pricing.discounts LEFT JOIN pricing.discount_uses AS uses USING (code)
      GROUP BY discounts.code
      HAVING discounts.used <> count(uses.order_id) OR discounts.used > coalesce(discounts.uses_max, discounts.used)`,
  },
];
