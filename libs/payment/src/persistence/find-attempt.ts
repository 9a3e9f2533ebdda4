import { In } from 'typeorm';
import type { Reader } from '#database';
import type { Id } from '#kernel';
import { PaymentAttempt } from './payment-attempt.entity.js';

/** The attempt as it is now; it must exist. */
export function attemptById(db: Reader, paymentId: Id<'pay'>): Promise<PaymentAttempt> {
  return db.manager.findOneByOrFail(PaymentAttempt, { id: paymentId });
}

/** The attempts as they are now, in the order of the ids; each must exist. */
export async function attemptsById(db: Reader, paymentIds: readonly Id<'pay'>[]): Promise<PaymentAttempt[]> {
  const found = await db.manager.findBy(PaymentAttempt, { id: In([...paymentIds]) });
  const byId = new Map(found.map((attempt) => [attempt.id, attempt]));
  return paymentIds.map((id) => {
    const attempt = byId.get(id);
    if (attempt === undefined) throw new Error(`There is no payment ${id}.`);
    return attempt;
  });
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
