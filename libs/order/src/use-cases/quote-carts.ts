import { Injectable } from '@nestjs/common';
import {
  DeliveryMethods,
  Discounts,
  ProductCatalog,
  TaxRates,
  type CartForCheckout,
  type DeliveryOffer,
  type SellableProduct,
} from '#contracts';
import type { Reader } from '#database';
import type { Currency, DomainError, Money } from '#kernel';
import { chooseDelivery, priceLines, quote, type PricedLine, type Quote } from '../domain/quote.js';

export interface QuoteRequest {
  readonly cart: CartForCheckout;
  readonly country: string;
  readonly deliveryMethod: string | undefined;
  /** Undefined for the code that the cart has, if any. */
  readonly discountCode: string | undefined;
  readonly expectedTotal: Money | undefined;
}

export interface QuotedCart extends Quote {
  readonly deliveryMethodName: string | null;
  readonly discountCode: string | null;
}

type Outcome<Result> = Result | { readonly error: DomainError };

/** A request that nothing is in the way of so far. */
interface Candidate {
  readonly place: number;
  readonly request: QuoteRequest;
  readonly lines: readonly PricedLine[];
  readonly subtotal: number;
  readonly discountCode: string | null;
  readonly discount: number;
}

/**
 * What carts cost today: prices, then the discount, then delivery, then tax, each asked once for the whole list (prices once a currency,
 * discounts only where there is a code). Outcomes come in the order of the requests.
 */
@Injectable()
export class QuoteCarts {
  constructor(
    private readonly catalog: ProductCatalog,
    private readonly discounts: Discounts,
    private readonly deliveryMethods: DeliveryMethods,
    private readonly taxRates: TaxRates,
  ) {}

  async run(
    db: Reader,
    requests: readonly QuoteRequest[],
  ): Promise<readonly Outcome<{ readonly quote: QuotedCart }>[]> {
    const outcomes: Outcome<{ readonly quote: QuotedCart }>[] = [];
    const candidates = await this.discounted(db, await this.priced(db, requests, outcomes), outcomes);
    const offers = await this.offers(db, candidates);
    const rates = await this.taxRates.of(db, [...new Set(candidates.map(({ request }) => request.country))]);
    for (const [index, { place, request, lines, discount, discountCode }] of candidates.entries()) {
      const { cart, country, expectedTotal } = request;
      const chosen = chooseDelivery(offers[index], request);
      if ('error' in chosen) {
        outcomes[place] = chosen;
        continue;
      }
      const { offer } = chosen;
      const charges = { discount, delivery: offer?.price.amount ?? 0, taxRate: rates.get(country) };
      const quoted = quote(cart.currency, lines, charges, expectedTotal);
      outcomes[place] =
        'error' in quoted
          ? quoted
          : { quote: { ...quoted.quote, discountCode, deliveryMethodName: offer?.name ?? null } };
    }
    return outcomes;
  }

  private async priced(db: Reader, requests: readonly QuoteRequest[], outcomes: object[]): Promise<Candidate[]> {
    const products = await this.productsOf(db, requests);
    return requests.flatMap((request, place) => {
      const { cart } = request;
      const priced = priceLines(cart, products.get(cart.currency) ?? new Map());
      if ('error' in priced) {
        outcomes[place] = priced;
        return [];
      }
      const subtotal = priced.lines.reduce((sum, { lineTotal }) => sum + lineTotal, 0);
      const discountCode = request.discountCode ?? cart.discountCode;
      return [{ place, request, lines: priced.lines, subtotal, discountCode, discount: 0 }];
    });
  }

  private async productsOf(
    db: Reader,
    requests: readonly QuoteRequest[],
  ): Promise<Map<Currency, Map<string, SellableProduct>>> {
    const products = new Map<Currency, Map<string, SellableProduct>>();
    for (const currency of new Set(requests.map(({ cart }) => cart.currency))) {
      const wanted = requests.filter(({ cart }) => cart.currency === currency);
      const skus = new Set(wanted.flatMap(({ cart }) => cart.lines.map((line) => line.sku)));
      products.set(currency, await this.catalog.sellable(db, [...skus], currency));
    }
    return products;
  }

  private async discounted(db: Reader, candidates: readonly Candidate[], outcomes: object[]): Promise<Candidate[]> {
    const wanted = candidates.flatMap(({ discountCode: code, request, subtotal }) =>
      code === null ? [] : [{ code, currency: request.cart.currency, subtotal }],
    );
    if (wanted.length === 0) return [...candidates];
    const found = [...(await this.discounts.find(db, wanted))];
    return candidates.flatMap((candidate) => {
      if (candidate.discountCode === null) return [candidate];
      const worth = found.shift();
      if (worth === undefined) throw new Error('A discount has no outcome.');
      if ('amount' in worth) return [{ ...candidate, discount: worth.amount }];
      outcomes[candidate.place] = worth;
      return [];
    });
  }

  private offers(
    db: Reader,
    candidates: readonly Candidate[],
  ): Promise<readonly (readonly DeliveryOffer[] | undefined)[]> {
    const requests = candidates.map(({ request: { cart, country }, subtotal, discount }) => {
      return { country, currency: cart.currency, goods: subtotal - discount, lines: cart.lines };
    });
    return this.deliveryMethods.offers(db, requests);
  }
}
