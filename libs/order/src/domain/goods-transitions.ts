import * as events from './order-events.js';
import { places, statesOf } from './order-states.js';
import { AWAY, CONFIRMED, row, SETTLED, SHIPPABLE, SOME_LEFT } from './transition.js';

/** What happens to the goods of an order. Only a confirmed order whose money is there, promised or accepted lets goods leave. */
export const GOODS_TRANSITIONS = {
  partiallyShipped: row<events.Shipped>({
    type: 'order.partially_shipped',
    from: statesOf(CONFIRMED, ...SHIPPABLE),
    to: { fulfilment: 'partially_fulfilled' },
    event: events.partiallyShipped,
  }),
  shipped: row<events.Shipped>({
    type: 'order.shipped',
    from: statesOf(CONFIRMED, ...SHIPPABLE),
    to: { status: 'shipped', fulfilment: 'fulfilled' },
    event: events.shipped,
  }),
  /** Nothing changes, but the timeline shows it: more is to arrive. */
  partiallyDelivered: row<events.Shipped>({
    type: 'order.partially_delivered',
    from: statesOf(
      SOME_LEFT.filter(({ status }) => status !== 'delivered'),
      ...SETTLED,
    ),
    to: {},
    event: events.partiallyDelivered,
  }),
  delivered: row<events.Shipped>({
    type: 'order.delivered',
    from: statesOf(places('shipped', 'fulfilled', 'returned'), ...SETTLED),
    to: { status: 'delivered' },
    event: events.delivered,
  }),
  /** Nothing changes, but the timeline shows it: more is still away. */
  partiallyReturned: row<events.Returned>({
    type: 'order.partially_returned',
    from: statesOf(AWAY, ...SETTLED),
    to: {},
    event: events.partiallyReturned,
  }),
  returned: row<events.Returned>({
    type: 'order.returned',
    from: statesOf(AWAY, ...SETTLED),
    to: { fulfilment: 'returned' },
    event: events.returned,
  }),
} as const;
