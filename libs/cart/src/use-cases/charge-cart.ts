import { Injectable } from '@nestjs/common';
import { DeliveryMethods, Discounts, TaxRates, type Charges, type DeliveryOffer, type HoldLine } from '#contracts';
import type { Reader } from '#database';
import type { Currency } from '#kernel';

/** Where a cart would go, as far as the buyer has said it. */
export interface Destination {
  readonly country?: string | undefined;
  readonly deliveryMethod?: string | undefined;
}

/** A cart as it costs without what comes to its prices. */
export interface CartToCharge {
  readonly currency: Currency;
  readonly discountCode: string | null;
  readonly lines: readonly HoldLine[];
  /** In minor units. */
  readonly subtotal: number;
}

export interface CartCharges extends Charges {
  /** Problem code of the discount that does not apply now; null where it does, or there is none. */
  readonly discountProblem: string | null;
  /** Whether delivery and tax are known, so that an order to there costs this. */
  readonly complete: boolean;
}

/** What comes to the prices of a cart. */
@Injectable()
export class ChargeCart {
  constructor(
    private readonly discounts: Discounts,
    private readonly deliveryMethods: DeliveryMethods,
    private readonly taxRates: TaxRates,
  ) {}

  /** Nothing is asked that the cart does not need: without a code no discount, without a country neither delivery nor tax. */
  async run(db: Reader, cart: CartToCharge, { country, deliveryMethod }: Destination): Promise<CartCharges> {
    const { discount, discountProblem } = await this.discountOf(db, cart);
    if (country === undefined) return { discount, discountProblem, delivery: 0, taxRate: undefined, complete: false };
    const offers = await this.offers(db, { ...cart, country, goods: cart.subtotal - discount });
    const offer = offers?.find(({ id }) => id === deliveryMethod);
    const taxRate = (await this.taxRates.of(db, [country])).get(country);
    const complete = offers === undefined || offer !== undefined;
    return { discount, discountProblem, delivery: offer?.price.amount ?? 0, taxRate, complete };
  }

  /** How the cart can be delivered to this country; undefined where the shop keeps no delivery methods. */
  async offersFor(db: Reader, cart: CartToCharge, country: string): Promise<readonly DeliveryOffer[] | undefined> {
    const { discount } = await this.discountOf(db, cart);
    return this.offers(db, { ...cart, country, goods: cart.subtotal - discount });
  }

  private async offers(db: Reader, request: Parameters<DeliveryMethods['offers']>[1][number]) {
    const [offers] = await this.deliveryMethods.offers(db, [request]);
    return offers;
  }

  private async discountOf(db: Reader, { currency, discountCode: code, subtotal }: CartToCharge) {
    if (code === null) return { discount: 0, discountProblem: null };
    const [worth] = await this.discounts.find(db, [{ code, currency, subtotal }]);
    if (worth === undefined) throw new Error('A discount has no outcome.');
    return 'amount' in worth
      ? { discount: worth.amount, discountProblem: null }
      : { discount: 0, discountProblem: worth.error.code };
  }
}
