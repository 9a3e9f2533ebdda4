import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentStatusCheckDue } from '#contracts';
import { Consumes, type CommitContext, type ReceivedEvent } from '#messaging';
import { ReconcilePayment } from '../use-cases/reconcile-payment.js';

@Controller()
export class OnStatusCheckDueConsumer {
  constructor(private readonly reconcilePayment: ReconcilePayment) {}

  @Consumes(PaymentStatusCheckDue, 'payment.query-due', { transaction: 'own' })
  async handle(
    @Payload() [{ data }]: readonly [ReceivedEvent<typeof PaymentStatusCheckDue>],
    @Ctx() { commit }: CommitContext,
  ): Promise<void> {
    await this.reconcilePayment.run(data.paymentId, data.question, commit);
  }
}
