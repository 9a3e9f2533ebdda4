import type { CreatedCart } from '../use-cases/create-cart.js';
import type { ClaimedCart } from '../use-cases/claim-cart.js';
import type { PricedCart } from '../use-cases/price-cart.js';
import type { CartView, ClaimedCartView, NewCartView } from './cart.schemas.js';

export function cartView({ cart, items, totals, discountProblem, complete }: PricedCart): CartView {
  return {
    id: cart.id,
    status: cart.status,
    currency: cart.currency,
    items: [...items],
    totals,
    complete,
    discount: cart.discountCode === null ? null : { code: cart.discountCode, problem: discountProblem },
    orderId: cart.orderId,
    version: cart.version,
    createdAt: cart.createdAt.toISOString(),
    updatedAt: cart.updatedAt.toISOString(),
  };
}

export const newCartView = ({ token, ...priced }: CreatedCart): NewCartView => ({ ...cartView(priced), token });

export const claimedCartView = ({ mergedCartId, ...priced }: ClaimedCart): ClaimedCartView => ({
  ...cartView(priced),
  mergedCartId,
});
