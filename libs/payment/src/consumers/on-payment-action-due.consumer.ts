import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentActionDue } from '#contracts';
import { Consumes, type CommitContext, type ReceivedEvent } from '#messaging';
import { PerformAction } from '../use-cases/perform-action.js';

@Controller()
export class OnPaymentActionDueConsumer {
  constructor(private readonly performAction: PerformAction) {}

  @Consumes(PaymentActionDue, 'payment.action-due', { transaction: 'own' })
  async handle(
    @Payload() [{ data }]: readonly [ReceivedEvent<typeof PaymentActionDue>],
    @Ctx() { commit }: CommitContext,
  ): Promise<void> {
    await this.performAction.run(data.paymentId, data.attempt, commit);
  }
}
