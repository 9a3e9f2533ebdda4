import type { Reader } from '#database';
import type { Id } from '#kernel';
import { PaymentAttempt } from './payment-attempt.entity.js';

/** The attempt as it is now; it must exist. */
export function attemptById(db: Reader, paymentId: Id<'pay'>): Promise<PaymentAttempt> {
  return db.manager.findOneByOrFail(PaymentAttempt, { id: paymentId });
}

/** By our id, and where the provider does not know that, by its own. */
export async function findAttempt(
  db: Reader,
  provider: string,
  { paymentId, reference }: { readonly paymentId: Id<'pay'> | undefined; readonly reference: string | undefined },
): Promise<PaymentAttempt | undefined> {
  const { manager } = db;
  if (paymentId !== undefined)
    return (await manager.findOneBy(PaymentAttempt, { id: paymentId, provider })) ?? undefined;
  if (reference === undefined) return undefined;
  return (await manager.findOneBy(PaymentAttempt, { providerReference: reference, provider })) ?? undefined;
}
