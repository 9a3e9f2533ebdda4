import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentDisputed } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { NoteDisputes } from '../use-cases/note-disputes.js';

@Controller()
export class OnPaymentDisputedConsumer {
  constructor(private readonly noteDisputes: NoteDisputes) {}

  @Consumes(PaymentDisputed, 'order.payment-disputed')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentDisputed>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.noteDisputes.run(
      tx,
      events.map((event) => ({ ...event.data, cause: event })),
    );
  }
}
