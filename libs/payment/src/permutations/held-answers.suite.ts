import type { Id } from '#kernel';
import type { WholeShop } from '../../../../test/support/whole-shop.js';
import { PaymentProviders } from '../providers/payment-providers.js';

/** What the api hears about a payment that was taken. `not executed`: something between the api and the provider says so, and is wrong. */
export type Answer = 'taken' | 'declined';

interface Held {
  readonly paymentId: Id<'pay'>;
  readonly release: (answer: Answer) => void;
}

/** Holds back the answers of the provider of an api, each until the test lets it go. */
export class HeldAnswers {
  private readonly byOrder = new Map<string, PromiseWithResolvers<Held>>();

  static of(shop: WholeShop): HeldAnswers {
    const held = new HeldAnswers();
    const provider = shop.get(PaymentProviders).forNewAttempts;
    const create = provider.create.bind(provider);
    provider.create = async (payment, signal) => {
      const answer = await create(payment, signal);
      const released = deferred<Answer>();
      held.ofOrder(payment.orderId).resolve({ paymentId: payment.paymentId, release: released.resolve });
      return (await released.promise) === 'taken' ? answer : { status: 'declined', declineCode: 'generic_decline' };
    };
    return held;
  }

  /** Resolves when the provider has the payment of an order. */
  next(orderId: string): Promise<Held> {
    return this.ofOrder(orderId).promise;
  }

  private ofOrder(orderId: string): PromiseWithResolvers<Held> {
    const known = this.byOrder.get(orderId) ?? deferred<Held>();
    this.byOrder.set(orderId, known);
    return known;
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
