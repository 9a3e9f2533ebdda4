import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { FulfilledGoods, ShipmentShipped } from '#contracts';
import { Consumes, EventsFailed, UnfoundedEvent, type BatchContext, type ReceivedEvent } from '#messaging';
import { CaptureShipped } from '../use-cases/capture-shipped.js';

@Controller()
export class OnShipmentShippedConsumer {
  constructor(
    private readonly goods: FulfilledGoods,
    private readonly captureShipped: CaptureShipped,
  ) {}

  /** The fulfilment module is asked whether the goods have left: whoever can write to the broker could say so. */
  @Consumes(ShipmentShipped, 'payment.shipment-shipped', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof ShipmentShipped>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const shipped = await this.goods.areShipped(
      tx,
      events.map(({ data }) => data),
    );
    const unfounded = events.filter((_, place) => shipped[place] !== true);
    if (unfounded.length > 0) throw new EventsFailed(unfounded.map((event) => [event, unfoundedOf(event)] as const));
    await this.captureShipped.run(
      tx,
      events.map(({ data }) => data.orderId),
    );
  }
}

const unfoundedOf = ({ data }: ReceivedEvent<typeof ShipmentShipped>): UnfoundedEvent =>
  new UnfoundedEvent(`No shipment ${data.shipmentId} of order ${data.orderId} has left with these goods.`);
