import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentRefunded } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { NoteRefunds } from '../use-cases/note-refunds.js';

@Controller()
export class OnPaymentRefundedConsumer {
  constructor(private readonly noteRefunds: NoteRefunds) {}

  @Consumes(PaymentRefunded, 'order.payment-refunded')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentRefunded>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.noteRefunds.run(
      tx,
      events.map((event) => ({ ...event.data, cause: event })),
    );
  }
}
