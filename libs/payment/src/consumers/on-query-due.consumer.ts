import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentQueryDue } from '#contracts';
import { Consumes, type CommitContext, type ReceivedEvent } from '#messaging';
import { FindOutcome } from '../use-cases/find-outcome.js';

@Controller()
export class OnQueryDueConsumer {
  constructor(private readonly findOutcome: FindOutcome) {}

  @Consumes(PaymentQueryDue, 'payment.query-due', { transaction: 'own' })
  async handle(
    @Payload() { data }: ReceivedEvent<typeof PaymentQueryDue>,
    @Ctx() { commit }: CommitContext,
  ): Promise<void> {
    await this.findOutcome.run(data.paymentId, data.question, commit);
  }
}
