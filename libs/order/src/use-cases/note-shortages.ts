import { Injectable } from '@nestjs/common';
import { StockReservations, type ShortageDue, type StockShorted } from '#contracts';
import type { Tx } from '#database';
import { EventsFailed, UnfoundedEvent, type ReceivedEvent } from '#messaging';
import { StopShortedOrders } from './stop-shorted-orders.js';

type Shorted = ReceivedEvent<typeof StockShorted> | ReceivedEvent<typeof ShortageDue>;

/** The inventory module is asked whether the count has taken the goods: whoever can write to the broker could say so. */
@Injectable()
export class NoteShortages {
  constructor(
    private readonly stock: StockReservations,
    private readonly stopShortedOrders: StopShortedOrders,
  ) {}

  async run(tx: Tx, events: readonly Shorted[]): Promise<void> {
    const claims = await this.stock.areShorted(
      tx,
      events.map(({ data }) => data),
    );
    const unfounded = events.filter((_, place) => claims[place] !== true);
    if (unfounded.length > 0) {
      throw new EventsFailed(unfounded.map((event) => [event, unfoundedOf(event)] as const));
    }
    await this.stopShortedOrders.run(
      tx,
      events.map((event) => ({ ...event.data, cause: event })),
    );
  }
}

const unfoundedOf = ({ data }: Shorted): UnfoundedEvent =>
  new UnfoundedEvent(`The count ${data.movementId} has not taken these goods from order ${data.orderId}.`);
