import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { HoldExpiryDue } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { ExpireHolds } from '../use-cases/expire-holds.js';

@Controller()
export class OnHoldExpiryDueConsumer {
  private readonly logger = new Logger(OnHoldExpiryDueConsumer.name);

  constructor(private readonly expireHolds: ExpireHolds) {}

  @Consumes(HoldExpiryDue, 'order.hold-due', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof HoldExpiryDue>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const expired = await this.expireHolds.run(tx, [...new Set(events.map(({ data }) => data.orderId))]);
    if (expired.length > 0) this.logger.log({ msg: 'unpaid orders expire', count: expired.length });
  }
}
