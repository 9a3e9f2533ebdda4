import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OrderHoldDue } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { EndHolds } from '../use-cases/end-holds.js';

@Controller()
export class OnHoldDueConsumer {
  private readonly logger = new Logger(OnHoldDueConsumer.name);

  constructor(private readonly endHolds: EndHolds) {}

  @Consumes(OrderHoldDue, 'order.hold-due', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof OrderHoldDue>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const expired = await this.endHolds.run(tx, [...new Set(events.map(({ data }) => data.orderId))]);
    if (expired.length > 0) this.logger.log({ msg: 'unpaid orders expire', count: expired.length });
  }
}
