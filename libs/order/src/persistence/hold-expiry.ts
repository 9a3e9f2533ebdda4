import { HoldExpiryDue } from '#contracts';
import type { Id } from '#kernel';
import { later, type Due, type ScheduledMessage } from '#messaging';

/** Makes the order be looked at when its hold ends. */
export const holdExpiryAt = (orderId: Id<'order'>, due: Due): ScheduledMessage =>
  later(HoldExpiryDue, { subject: orderId, due, data: { orderId } });
