import { Injectable } from '@nestjs/common';
import { SingleCommand } from '#commands';
import { cartLock, ProductCatalog, type BuyerCredentials } from '#contracts';
import type { Tx } from '#database';
import { assertVersion, type Currency, type ExpectedVersions, type Id } from '#kernel';
import { LINE_QUANTITY_MAX, unitsMax } from '../domain/cart-limits.js';
import { CartAlreadyOrdered, CartNotFound, CartOfAnother } from '../domain/cart.errors.js';
import { mergeItems } from '../domain/merge-items.js';
import { TRANSITIONS } from '../domain/transitions.js';
import { Cart, opens } from '../persistence/cart.entity.js';
import { findLines } from '../persistence/find-lines.js';
import { findOwnCart } from '../persistence/find-own-cart.js';
import { lockCarts, type LockedCart } from '../persistence/lock-carts.js';
import { markMerged } from '../persistence/mark-merged.js';
import { replaceItems } from '../persistence/replace-items.js';
import { takeOverCart } from '../persistence/take-over-cart.js';
import { PriceCart, type PricedCart } from './price-cart.js';

export interface Claim {
  readonly cartId: Id<'cart'>;
  readonly buyer: BuyerCredentials & { readonly customerId: string };
  readonly expected: ExpectedVersions;
}

/** `mergedCartId` is the customer's own cart whose items it has got. */
export interface ClaimedCart extends PricedCart {
  readonly mergedCartId: Id<'cart'> | null;
}

/**
 * A customer takes over a guest's cart. What the customer had picked before, in the cart of the same currency that was changed last, is added
 * to it, a discount code too if the guest had none, and that cart becomes `merged`. Taking over a cart that is the customer's already changes nothing, so it may be repeated.
 */
@Injectable()
export class ClaimCart extends SingleCommand<Claim, ClaimedCart> {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly priceCart: PriceCart,
  ) {
    super();
  }

  override lock({ cartId }: Claim) {
    return cartLock.lock(cartId);
  }

  /** @throws {CartNotFound} @throws {CartAlreadyOrdered} @throws {CartOfAnother} @throws {StaleVersion} */
  override async runOne(tx: Tx, { cartId, buyer, expected }: Claim): Promise<ClaimedCart> {
    const { customerId } = buyer;
    const ownId = await findOwnCart(tx, customerId, cartId);
    const locked = await lockCarts(tx, ownId === undefined ? [cartId] : [cartId, ownId]);
    const cart = assertClaimable(locked.get(cartId), buyer, expected);
    if (cart.customerId === customerId) return this.claimed(tx, cartId, null);
    // Whoever ordered or merged it while this waited for its row has had it first: then there is nothing to add.
    const own = ownId && TRANSITIONS.merged.from.some((from) => from === locked.get(ownId)?.status) ? ownId : null;
    if (own !== null) {
      await this.addItems(tx, cart, own);
      await markMerged(tx, own);
    }
    const ownCode = own === null ? undefined : locked.get(own)?.discountCode;
    await takeOverCart(tx, cartId, { customerId, discountCode: cart.discountCode ?? ownCode ?? null });
    return this.claimed(tx, cartId, own);
  }

  private async addItems(tx: Tx, { id, currency }: { id: Id<'cart'>; currency: Currency }, own: Id<'cart'>) {
    const lines = await findLines(tx, [id, own]);
    const theirs = lines.get(own) ?? [];
    if (theirs.length === 0) return;
    const products = await this.catalog.sellable(
      tx,
      theirs.map(({ sku }) => sku),
      currency,
    );
    const unitsMaxOf = (sku: string) => unitsMax(products.get(sku)?.maxPerOrder ?? LINE_QUANTITY_MAX);
    await replaceItems(tx, id, mergeItems(lines.get(id) ?? [], theirs, unitsMaxOf));
  }

  /** Prices may make it worth more than an order can be: it is shown all the same, and the order is refused. */
  private async claimed(tx: Tx, id: Id<'cart'>, mergedCartId: Id<'cart'> | null): Promise<ClaimedCart> {
    const cart = await tx.manager.findOneByOrFail(Cart, { id });
    return { ...(await this.priceCart.of(tx, cart)), mergedCartId };
  }
}

function assertClaimable(cart: LockedCart | undefined, buyer: Claim['buyer'], expected: ExpectedVersions): LockedCart {
  if (cart === undefined) throw new CartNotFound();
  const isAnothers = cart.customerId !== null && cart.customerId !== buyer.customerId;
  // Another customer may have taken it over since the token was seen to open it.
  if (isAnothers && (cart.tokenHash === null || opens(buyer, cart))) throw new CartOfAnother();
  if (!opens(buyer, cart)) throw new CartNotFound();
  if (cart.orderId !== null) throw new CartAlreadyOrdered(cart.orderId);
  if (cart.status !== 'active') throw new CartNotFound();
  assertVersion(expected, cart.version);
  return cart;
}
