import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { CapturedPayments, PaymentAuthorized } from '#contracts';
import { Consumes, EventsFailed, UnfoundedEvent, type BatchContext, type ReceivedEvent } from '#messaging';
import { ConfirmAuthorized } from '../use-cases/confirm-authorized.js';

@Controller()
export class OnPaymentAuthorizedConsumer {
  constructor(
    private readonly payments: CapturedPayments,
    private readonly confirmAuthorized: ConfirmAuthorized,
  ) {}

  /** The payment module is asked whether the money is promised: whoever can write to the broker could say so. */
  // One at a time: it locks payments before orders, other consumers orders before payments.
  @Consumes(PaymentAuthorized, 'order.payment-authorized', { batch: 1 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentAuthorized>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const claims = await this.payments.areAuthorized(
      tx,
      events.map(({ data }) => data),
    );
    const unfounded = events.filter((_, place) => claims[place] === 'no');
    if (unfounded.length > 0) throw new EventsFailed(unfounded.map((event) => [event, unfoundedOf(event)] as const));
    const standing = events.filter((_, place) => claims[place] === 'yes');
    const causes = await this.confirmAuthorized.run(
      tx,
      standing.map((event) => ({ ...event.data, cause: event })),
    );
    const unfit = standing.flatMap(({ data: { paymentId, orderId } }, place) => {
      const cause = causes[place];
      return cause === undefined ? [] : [{ paymentId, orderId, cause }];
    });
    await this.payments.giveBack(tx, unfit);
  }
}

const unfoundedOf = ({ data }: ReceivedEvent<typeof PaymentAuthorized>): UnfoundedEvent =>
  new UnfoundedEvent(
    `No payment ${data.paymentId} promises ${data.amount.amount} ${data.amount.currency} for order ${data.orderId}.`,
  );
