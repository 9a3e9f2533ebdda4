import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { CancellingDue } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { FinishCancelling } from '../use-cases/finish-cancelling.js';

@Controller()
export class OnCancellingDueConsumer {
  constructor(private readonly finishCancelling: FinishCancelling) {}

  @Consumes(CancellingDue, 'order.cancelling-due')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof CancellingDue>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.finishCancelling.run(tx, [...new Set(events.map(({ data }) => data.orderId))]);
  }
}
