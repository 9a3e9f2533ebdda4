import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentCaptured } from '#contracts';
import { Consumes, EventsFailed, PermanentFailure, type BatchContext, type ReceivedEvent } from '#messaging';
import { ConfirmOrders } from '../use-cases/confirm-orders.js';

@Controller()
export class OnPaymentCapturedConsumer {
  constructor(private readonly confirmOrders: ConfirmOrders) {}

  /** Money that does not confirm its order goes to the dead letters at once, where staff see it: trying again would not change that. */
  @Consumes(PaymentCaptured, 'order.payment-captured', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentCaptured>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const captures = events.map((event) => ({ ...event.data, cause: event }));
    const outcomes = await this.confirmOrders.run(tx, captures);
    const refused = events.flatMap((event, place) => {
      const outcome = outcomes[place] ?? { refused: 'The capture has no outcome.' };
      return outcome === 'confirmed' ? [] : [[event, new PermanentFailure(outcome.refused)] as const];
    });
    if (refused.length > 0) throw new EventsFailed(refused);
  }
}
