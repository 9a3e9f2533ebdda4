import { Module } from '@nestjs/common';
import { CheckoutCarts } from '#contracts';
import type { ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import * as errors from './domain/cart.errors.js';
import { PriceCart } from './use-cases/price-cart.js';
import { CartPurge } from './persistence/cart-purge.js';
import { Cart, CartItem } from './persistence/cart.entity.js';
import { CartAccess } from './http/cart-access.js';
import { CartItemController } from './http/cart-item.controller.js';
import { CartDeliveryController } from './http/cart-delivery.controller.js';
import { CartDiscountController } from './http/cart-discount.controller.js';
import { ClaimController } from './http/claim.controller.js';
import { CartController } from './http/cart.controller.js';
import { cartInvariants } from './persistence/invariants.js';
import { Carts1764000030001 } from './persistence/migrations/1764000030001-carts.js';
import { UnorderedCarts1764000030002 } from './persistence/migrations/1764000030002-unordered-carts.js';
import { ClaimedCarts1764000310001 } from './persistence/migrations/1764000310001-claimed-carts.js';
import { CartDiscounts1764000310002 } from './persistence/migrations/1764000310002-cart-discounts.js';
import { CheckoutCartsAdapter } from './adapters/checkout-carts.adapter.js';
import { ChangeDiscount } from './use-cases/change-discount.js';
import { ChargeCart } from './use-cases/charge-cart.js';
import { ClaimCart } from './use-cases/claim-cart.js';
import { ChangeItem } from './use-cases/change-item.js';
import { CreateCart } from './use-cases/create-cart.js';
import { ListDelivery } from './use-cases/list-delivery.js';
import { ReadCart } from './use-cases/read-cart.js';
import { RemoveItem } from './use-cases/remove-item.js';

/** Asks the ports `ProductCatalog`, `StockAvailability`, `Discounts`, `DeliveryMethods` and `TaxRates`. */
@Module({
  providers: [
    { provide: CheckoutCarts, useClass: CheckoutCartsAdapter },
    ChargeCart,
    PriceCart,
    CreateCart,
    ReadCart,
    ChangeItem,
    RemoveItem,
    ClaimCart,
    ChangeDiscount,
    ListDelivery,
  ],
  exports: [CheckoutCarts, CreateCart, ReadCart, ChangeItem, RemoveItem, ClaimCart, ChangeDiscount, ListDelivery],
})
export class CartModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);
  static readonly scopes: readonly string[] = [];
  static readonly schema: ModuleSchema = {
    entities: [Cart, CartItem],
    migrations: [
      Carts1764000030001,
      UnorderedCarts1764000030002,
      ClaimedCarts1764000310001,
      CartDiscounts1764000310002,
    ],
  };
  static readonly invariants = cartInvariants;
}

@Module({
  imports: [HttpModule],
  controllers: [CartController, CartItemController, CartDeliveryController, CartDiscountController, ClaimController],
  providers: [CartAccess],
})
export class CartApi {}

@Module({ providers: [CartPurge] })
export class CartWorker {}
