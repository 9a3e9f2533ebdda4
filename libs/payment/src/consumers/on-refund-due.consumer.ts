import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { RefundDue } from '#contracts';
import { Consumes, type CommitContext, type ReceivedEvent } from '#messaging';
import { SubmitRefund } from '../use-cases/submit-refund.js';

@Controller()
export class OnRefundDueConsumer {
  constructor(private readonly submitRefund: SubmitRefund) {}

  @Consumes(RefundDue, 'payment.refund-due', { transaction: 'own' })
  async handle(
    @Payload() [{ data }]: readonly [ReceivedEvent<typeof RefundDue>],
    @Ctx() { commit }: CommitContext,
  ): Promise<void> {
    await this.submitRefund.run(data.refundId, data.attempt, commit);
  }
}
