import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { FulfilledGoods, ShipmentShipped } from '#contracts';
import { Consumes, EventsFailed, UnfoundedEvent, type BatchContext, type ReceivedEvent } from '#messaging';
import { ConsumeStock } from '../use-cases/consume-stock.js';

/** The fulfilment module is asked whether the goods have left: whoever can write to the broker could say so. One shipment a transaction. */
@Controller()
export class OnShipmentShippedConsumer {
  constructor(
    private readonly goods: FulfilledGoods,
    private readonly consumeStock: ConsumeStock,
  ) {}

  @Consumes(ShipmentShipped, 'inventory.shipment-shipped', { batch: 1 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof ShipmentShipped>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const shipped = await this.goods.areShipped(
      tx,
      events.map(({ data }) => data),
    );
    const unfounded = events.filter((_, place) => shipped[place] !== true);
    if (unfounded.length > 0) {
      const errorOf = ({ data }: (typeof events)[number]) =>
        new UnfoundedEvent(`Shipment ${data.shipmentId} has not left with these goods.`);
      throw new EventsFailed(unfounded.map((event) => [event, errorOf(event)] as const));
    }
    for (const event of events) await this.consumeStock.run(tx, { ...event.data, cause: event });
  }
}
