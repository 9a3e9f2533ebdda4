import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ConfirmedOrders, OrderConfirmed } from '#contracts';
import {
  Consumes,
  EventsFailed,
  PermanentFailure,
  UnfoundedEvent,
  type BatchContext,
  type ReceivedEvent,
} from '#messaging';
import { CommitStock } from '../use-cases/commit-stock.js';

/**
 * A confirmed order without its stock is for a person to look at: the event waits in the dead letters, named by `hold_missing`. The order
 * module is asked whether the order is confirmed: whoever can write to the broker could say so.
 */
@Controller()
export class OnOrderConfirmedConsumer {
  constructor(
    private readonly orders: ConfirmedOrders,
    private readonly commitStock: CommitStock,
  ) {}

  @Consumes(OrderConfirmed, 'inventory.order-confirmed', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof OrderConfirmed>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const confirmed = await this.orders.confirmedAmong(
      tx,
      events.map(({ data }) => data.orderId),
    );
    const unfounded = events.filter(({ data }) => !confirmed.has(data.orderId));
    if (unfounded.length > 0) {
      const errorOf = ({ data }: (typeof events)[number]) =>
        new UnfoundedEvent(`Order ${data.orderId} is not confirmed.`);
      throw new EventsFailed(unfounded.map((event) => [event, errorOf(event)] as const));
    }
    const orders = events.map((event) => ({ ...event.data, cause: event }));
    const outcomes = await this.commitStock.run(tx, orders);
    const refused = events.flatMap((event, place) => {
      const outcome = outcomes[place];
      if (outcome?.committed !== false) return [];
      const { error } = outcome;
      return [[event, new PermanentFailure(`${error.code}: ${error.message}`, { cause: error })] as const];
    });
    if (refused.length > 0) throw new EventsFailed(refused);
  }
}
