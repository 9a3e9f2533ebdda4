import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentVoided } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { CancelVoided } from '../use-cases/cancel-voided.js';

@Controller()
export class OnPaymentVoidedConsumer {
  constructor(private readonly cancelVoided: CancelVoided) {}

  @Consumes(PaymentVoided, 'order.payment-voided')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentVoided>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.cancelVoided.run(
      tx,
      events.map((event) => ({ ...event.data, cause: event })),
    );
  }
}
