import { Module } from '@nestjs/common';
import { DeliveryMethods, Discounts, TaxRates } from '#contracts';
import type { ModuleSchema } from '#database';
import { HttpModule } from '#http';
import { problemsOf, type ProblemType } from '#kernel';
import * as errors from './domain/pricing.errors.js';
import { DeliveryMethodsAdapter } from './adapters/delivery-methods.adapter.js';
import { DiscountsAdapter } from './adapters/discounts.adapter.js';
import { TaxRatesAdapter } from './adapters/tax-rates.adapter.js';
import { OnOrderCancelledConsumer } from './consumers/on-order-cancelled.consumer.js';
import { OnOrderExpiredConsumer } from './consumers/on-order-expired.consumer.js';
import { DeliveryMethodController } from './http/delivery-method.controller.js';
import { DiscountController } from './http/discount.controller.js';
import { TaxRateController } from './http/tax-rate.controller.js';
import { CountryTax } from './persistence/country-tax.entity.js';
import { DeliveryMethod } from './persistence/delivery-method.entity.js';
import { Discount } from './persistence/discount.entity.js';
import { pricingInvariants } from './persistence/invariants.js';
import { Pricing1764000310003 } from './persistence/migrations/1764000310003-pricing.js';
import { GiveBackUses } from './use-cases/give-back-uses.js';
import { DeleteDeliveryMethod } from './use-cases/delete-delivery-method.js';
import { PutDeliveryMethod } from './use-cases/put-delivery-method.js';
import { PutDiscount } from './use-cases/put-discount.js';
import { PutTaxRate } from './use-cases/put-tax-rate.js';
import { TakeUses } from './use-cases/take-uses.js';

/** Asks nobody. A shop that has entered nothing has no delivery costs, no tax and no discounts. */
@Module({
  providers: [
    { provide: DeliveryMethods, useClass: DeliveryMethodsAdapter },
    { provide: TaxRates, useClass: TaxRatesAdapter },
    { provide: Discounts, useClass: DiscountsAdapter },
    TakeUses,
    PutDeliveryMethod,
    DeleteDeliveryMethod,
    PutTaxRate,
    PutDiscount,
  ],
  exports: [DeliveryMethods, TaxRates, Discounts, PutDeliveryMethod, DeleteDeliveryMethod, PutTaxRate, PutDiscount],
})
export class PricingModule {
  static readonly problems: readonly ProblemType[] = problemsOf(errors);
  static readonly scopes: readonly string[] = ['catalog:read'];
  static readonly schema: ModuleSchema = {
    entities: [DeliveryMethod, CountryTax, Discount],
    migrations: [Pricing1764000310003],
  };
  static readonly invariants = pricingInvariants;
}

@Module({
  imports: [HttpModule, PricingModule],
  controllers: [DeliveryMethodController, TaxRateController, DiscountController],
})
export class PricingApi {}

/** Gives back the uses of orders that came to nothing. Asks the port `EndedOrders`. */
@Module({ controllers: [OnOrderExpiredConsumer, OnOrderCancelledConsumer], providers: [GiveBackUses] })
export class PricingWorker {}
