import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentCaptured } from '#contracts';
import { Consumes, PermanentFailure, type ConsumeContext, type ReceivedEvent } from '#messaging';
import { ConfirmOrders } from '../use-cases/confirm-orders.js';

@Controller()
export class OnPaymentCapturedConsumer {
  constructor(private readonly confirmOrders: ConfirmOrders) {}

  /** Money that does not confirm its order goes to the dead letters at once, where staff see it: trying again would not change that. */
  @Consumes(PaymentCaptured, 'order.payment-captured')
  async handle(@Payload() event: ReceivedEvent<typeof PaymentCaptured>, @Ctx() { tx }: ConsumeContext): Promise<void> {
    const [outcome] = await this.confirmOrders.run(tx, [event.data]);
    if (outcome !== 'confirmed') throw new PermanentFailure(outcome?.refused ?? 'The capture has no outcome.');
  }
}
