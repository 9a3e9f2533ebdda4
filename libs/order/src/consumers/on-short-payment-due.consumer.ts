import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ShortPaymentDue } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { RefuseShortPayments } from '../use-cases/refuse-short-payments.js';

@Controller()
export class OnShortPaymentDueConsumer {
  constructor(private readonly refuseShortPayments: RefuseShortPayments) {}

  @Consumes(ShortPaymentDue, 'order.short-payment-due')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof ShortPaymentDue>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.refuseShortPayments.run(tx, [...new Set(events.map(({ data }) => data.orderId))]);
  }
}
