import { CancellingDue } from '#contracts';
import type { Id } from '#kernel';
import { later, type ScheduledMessage } from '#messaging';

const LOOK_AFTER_MS = 600_000;

/** Makes an order that is given up be looked at after a while: by then its money should be given back. */
export const cancellingDue = (orderId: Id<'order'>): ScheduledMessage =>
  later(CancellingDue, { subject: orderId, due: { inMs: LOOK_AFTER_MS }, data: { orderId } });
