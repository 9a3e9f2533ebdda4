import type { Reader } from '#database';
import type { Id } from '#kernel';
import { PaymentAttempt } from './payment-attempt.entity.js';

/** The attempt as it is now; it must exist. */
export function attemptById(db: Reader, paymentId: Id<'pay'>): Promise<PaymentAttempt> {
  return db.manager.findOneByOrFail(PaymentAttempt, { id: paymentId });
}
