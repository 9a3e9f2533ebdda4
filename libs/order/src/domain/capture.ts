import type { Id, Money } from '#kernel';
import type { Cause } from '#messaging';

/** Money that the provider has taken for an order. */
export interface Capture {
  readonly orderId: Id<'order'>;
  readonly paymentId: Id<'pay'>;
  readonly amount: Money;
  readonly provider: string;
  /** The event that publishes it. */
  readonly cause?: Cause | undefined;
}
