import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ReconciliationDue } from '#contracts';
import { Consumes, type CommitContext, type ReceivedEvent } from '#messaging';
import { ReconcileOnSchedule } from '../use-cases/reconcile-on-schedule.js';

/** A part is about a thousand attempts: eleven pages, and a question about each attempt that they do not show. */
const LIMIT_MS = 900_000;

@Controller()
export class OnReconciliationDueConsumer {
  constructor(private readonly reconcile: ReconcileOnSchedule) {}

  @Consumes(ReconciliationDue, 'payment.reconciliation-due', { transaction: 'own', limitMs: LIMIT_MS })
  async handle(
    @Payload() [{ data }]: readonly [ReceivedEvent<typeof ReconciliationDue>],
    @Ctx() { commit }: CommitContext,
  ): Promise<void> {
    await this.reconcile.run(data, commit);
  }
}
