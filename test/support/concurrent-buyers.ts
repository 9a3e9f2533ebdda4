import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Buyer } from './buyer.js';
import { aProduct } from './products.js';
import type { Shop } from './start-shop.js';

const BUYERS = 12;
/** One row of stock a product: few enough to collide now and then, enough not to make a queue of all buyers. */
const PRODUCTS = 10;
const LOOK_EVERY_MS = 10;

export interface ConcurrentBuyersOptions {
  readonly orders: number;
  /** How fast the buyers come, all together. As fast as they are served where it is not given. */
  readonly perSecond?: number;
}

/** Products that concurrent buyers can buy. Returns their SKUs. */
export function productsForBuyers(shop: Shop, orders: number): Promise<string[]> {
  return Promise.all(Array.from({ length: PRODUCTS }, () => aProduct(shop, { onHand: orders })));
}

/** Many buyers at once: each fills a cart, checks it out, pays, and makes room for the next. */
export class ConcurrentBuyers {
  /** Ids of the orders that were answered as paid. */
  readonly paid: string[] = [];
  /** Answers that a buyer should not have got. */
  readonly refusals: string[] = [];
  readonly done: Promise<void>;
  private left: number;
  private readonly startedAt = performance.now();

  private constructor(
    private readonly shop: Shop,
    private readonly skus: readonly string[],
    private readonly options: ConcurrentBuyersOptions,
  ) {
    this.left = options.orders;
    this.done = Promise.all(Array.from({ length: BUYERS }, (_, lane) => this.buy(lane))).then(() => undefined);
  }

  /** @param skus from `productsForBuyers` */
  static start(shop: Shop, skus: readonly string[], options: ConcurrentBuyersOptions): ConcurrentBuyers {
    return new ConcurrentBuyers(shop, skus, options);
  }

  /** Resolves when this share of the orders has been answered, well or badly. */
  async reaches(share: number): Promise<void> {
    while (this.paid.length + this.refusals.length < share * this.options.orders) await setTimeout(LOOK_EVERY_MS);
  }

  private async buy(lane: number): Promise<void> {
    while (this.left > 0) {
      const number = this.options.orders - this.left;
      this.left -= 1;
      await this.turn(number);
      try {
        const buyer = await Buyer.withCart(this.shop.api(lane), [{ sku: this.someSku(), quantity: 1 }]);
        const order = await buyer.order();
        const { status, body } = await buyer.pay(order.id);
        if (status === 201 && body.status === 'captured') this.paid.push(order.id);
        else this.refusals.push(`No payment: ${status} ${JSON.stringify(body)}`);
      } catch (error) {
        this.refusals.push(error instanceof Error ? error.message : String(error));
      }
    }
  }

  private async turn(number: number): Promise<void> {
    const { perSecond } = this.options;
    if (perSecond === undefined) return;
    const waitMs = this.startedAt + (number / perSecond) * 1_000 - performance.now();
    if (waitMs > 0) await setTimeout(waitMs);
  }

  private someSku(): string {
    return this.skus[randomInt(this.skus.length)]!;
  }
}
