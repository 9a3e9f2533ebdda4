import type { DynamicModule } from '@nestjs/common';
import { CartApi, CartModule } from '#cart';
import { CatalogApi, CatalogModule } from '#catalog';
import { FulfilmentApi, FulfilmentModule } from '#fulfilment';
import { InventoryModule, InventoryWorker } from '#inventory';
import { OrderApi, OrderModule, OrderWorker } from '#order';
import { PricingModule, PricingWorker } from '#pricing';
import { PaymentApi, PaymentModule, PaymentWorker, RefundModule } from '#payment';

/*
 * Who gets a port from whom. Modules know only the ports, which are abstract classes of libs/contracts; here each gets the modules that
 * implement what it asks for. Each constant is one module of the process: Nest tells dynamic modules apart by reference. A module that
 * asks nobody is imported by its class.
 */

export const catalog: DynamicModule = { module: CatalogModule, imports: [InventoryModule] };
export const cart: DynamicModule = { module: CartModule, imports: [catalog, InventoryModule, PricingModule] };
export const order: DynamicModule = {
  module: OrderModule,
  imports: [cart, catalog, PricingModule, InventoryModule, RefundModule],
};
export const payment: DynamicModule = { module: PaymentModule, imports: [order] };
export const fulfilment: DynamicModule = { module: FulfilmentModule, imports: [order] };

export const catalogApi: DynamicModule = { module: CatalogApi, imports: [catalog, InventoryModule] };
export const cartApi: DynamicModule = { module: CartApi, imports: [cart] };
export const orderApi: DynamicModule = { module: OrderApi, imports: [order, cart] };
export const paymentApi: DynamicModule = { module: PaymentApi, imports: [payment, order] };
export const fulfilmentApi: DynamicModule = { module: FulfilmentApi, imports: [fulfilment, order] };

export const pricingWorker: DynamicModule = { module: PricingWorker, imports: [order] };
export const inventoryWorker: DynamicModule = { module: InventoryWorker, imports: [order, fulfilment] };
export const orderWorker: DynamicModule = { module: OrderWorker, imports: [order, RefundModule] };
export const paymentWorker: DynamicModule = { module: PaymentWorker, imports: [payment, fulfilment] };
