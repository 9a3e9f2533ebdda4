import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OrderConfirmed } from '#contracts';
import { Consumes, PermanentFailure, type ConsumeContext, type ReceivedEvent } from '#messaging';
import { CommitStock } from '../use-cases/commit-stock.js';

/** A confirmed order without its stock is for a person to look at: the event waits in the dead letters, named by `hold_missing`. */
@Controller()
export class OnOrderConfirmedConsumer {
  constructor(private readonly commitStock: CommitStock) {}

  @Consumes(OrderConfirmed, 'inventory.order-confirmed')
  async handle(@Payload() event: ReceivedEvent<typeof OrderConfirmed>, @Ctx() context: ConsumeContext): Promise<void> {
    const [outcome] = await this.commitStock.run(context.tx, [event.data]);
    if (outcome?.committed === false) {
      throw new PermanentFailure(`${outcome.error.code}: ${outcome.error.message}`, { cause: outcome.error });
    }
  }
}
