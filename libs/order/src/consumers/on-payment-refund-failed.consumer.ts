import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentRefundFailed } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { NoteFailedRefunds } from '../use-cases/note-failed-refunds.js';

@Controller()
export class OnPaymentRefundFailedConsumer {
  constructor(private readonly noteFailedRefunds: NoteFailedRefunds) {}

  @Consumes(PaymentRefundFailed, 'order.payment-refund-failed')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentRefundFailed>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.noteFailedRefunds.run(
      tx,
      events.map((event) => ({ ...event.data, cause: event })),
    );
  }
}
