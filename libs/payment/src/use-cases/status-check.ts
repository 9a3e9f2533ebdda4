import { PaymentStatusCheckDue } from '#contracts';
import type { Id } from '#kernel';
import { later, type ScheduledMessage } from '#messaging';

const SECOND_MS = 1_000;

/** How long after its answer was lost the provider is first asked about an attempt. */
export const FIRST_STATUS_CHECK_MS = 5 * SECOND_MS;

/** How long after the first questions the next one is due, and after all later ones, for as long as the provider does not say. */
const NEXT_QUERY_MS: readonly number[] = [30 * SECOND_MS, 120 * SECOND_MS];
const LATER_QUERY_MS = 600 * SECOND_MS;

/**
 * How long after `asked` questions the next one is due. Each question prolongs the hold of its order, so within half of the hold's time:
 * then none runs out while the provider is silent.
 */
export function statusCheckDelayMs(asked: number, holdTtlSeconds: number): number {
  const distanceMs = asked === 0 ? FIRST_STATUS_CHECK_MS : (NEXT_QUERY_MS[asked - 1] ?? LATER_QUERY_MS);
  return Math.min(distanceMs, (holdTtlSeconds * SECOND_MS) / 2);
}

/** Makes the provider be asked what became of the attempt. @param question its number, from 1 */
export const statusCheckAt = (paymentId: Id<'pay'>, question: number, inMs: number): ScheduledMessage =>
  later(PaymentStatusCheckDue, { subject: paymentId, due: { inMs }, data: { paymentId, question } });
