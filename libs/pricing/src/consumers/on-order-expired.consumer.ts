import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OrderExpired } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { GiveBackUses } from '../use-cases/give-back-uses.js';
import { assertFounded } from './assert-founded.js';

@Controller()
export class OnOrderExpiredConsumer {
  constructor(private readonly giveBackUses: GiveBackUses) {}

  @Consumes(OrderExpired, 'pricing.order-expired', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof OrderExpired>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const orderIds = events.map(({ data }) => data.orderId);
    assertFounded(events, await this.giveBackUses.run(tx, orderIds));
  }
}
