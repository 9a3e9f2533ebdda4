import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { CapturedPayments, PaymentCaptured } from '#contracts';
import { Consumes, EventsFailed, UnfoundedEvent, type BatchContext, type ReceivedEvent } from '#messaging';
import { ConfirmOrders } from '../use-cases/confirm-orders.js';

@Controller()
export class OnPaymentCapturedConsumer {
  constructor(
    private readonly payments: CapturedPayments,
    private readonly confirmOrders: ConfirmOrders,
  ) {}

  /**
   * Money that fits no order is given back. The payment module is asked whether the money has come: whoever can write to the broker could
   * say so.
   */
  @Consumes(PaymentCaptured, 'order.payment-captured', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentCaptured>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const captured = await this.payments.areCaptured(
      tx,
      events.map(({ data }) => data),
    );
    const unfounded = events.filter((_, place) => captured[place] !== true);
    if (unfounded.length > 0) throw new EventsFailed(unfounded.map((event) => [event, unfoundedOf(event)] as const));
    const captures = events.map((event) => ({ ...event.data, cause: event }));
    const outcomes = await this.confirmOrders.run(tx, captures);
    const unfit = events.flatMap(({ data: { paymentId, orderId } }, place) => {
      const outcome = outcomes[place];
      return typeof outcome === 'object'
        ? [{ paymentId, orderId, cause: outcome.giveBack, amount: outcome.amount }]
        : [];
    });
    await this.payments.giveBack(tx, unfit);
  }
}

const unfoundedOf = ({ data }: ReceivedEvent<typeof PaymentCaptured>): UnfoundedEvent =>
  new UnfoundedEvent(
    `No payment ${data.paymentId} has taken ${data.amount.amount} ${data.amount.currency} for order ${data.orderId}.`,
  );
