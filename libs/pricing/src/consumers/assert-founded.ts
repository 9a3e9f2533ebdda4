import type { Id } from '#kernel';
import { EventsFailed, UnfoundedEvent, type ReceivedEvent } from '#messaging';

type EventOfOrder = ReceivedEvent & { readonly data: { readonly orderId: Id<'order'> } };

/** Whoever can write to the broker could say that an order has ended. @throws {EventsFailed} for each that is said of such an order */
export function assertFounded<Event extends EventOfOrder>(
  events: readonly Event[],
  alive: ReadonlySet<Id<'order'>>,
): void {
  const unfounded = events.filter(({ data }) => alive.has(data.orderId));
  if (unfounded.length === 0) return;
  throw new EventsFailed(
    unfounded.map((event) => [event, new UnfoundedEvent(`Order ${event.data.orderId} has not ended.`)] as const),
  );
}
