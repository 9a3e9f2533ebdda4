import type { Stripe } from 'stripe';
import { idSchema } from '#kernel';
import type { LedgerEntry, LedgerPage, Period } from '../provider-answers.js';
import { fromStripe } from './stripe-amount.js';
import { paymentOf } from './stripe-answers.js';

const PAGE_MAX = 100;

/** A page of PaymentIntents, newest first, each with its latest charge, which counts what was refunded. */
export async function listIntents(
  stripe: Stripe,
  { from, to }: Period,
  cursor: string | undefined,
): Promise<LedgerPage> {
  const { data, has_more: hasMore } = await stripe.paymentIntents.list({
    created: { gte: secondsOf(from), lt: secondsOf(to) },
    limit: PAGE_MAX,
    expand: ['data.latest_charge'],
    ...(cursor !== undefined && { starting_after: cursor }),
  });
  return { entries: data.map(entryOf), next: hasMore ? data.at(-1)?.id : undefined };
}

const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1_000);

function entryOf(intent: Stripe.PaymentIntent): LedgerEntry {
  const { id: reference, currency, latest_charge: charge } = intent;
  if (typeof charge === 'string') throw new Error(`Stripe has not expanded the charge of ${reference}.`);
  return {
    paymentId: idSchema('pay').safeParse(intent.metadata['payment_id']).data,
    reference,
    payment: paymentOf(intent),
    refunded: fromStripe({ amount: charge?.amount_refunded ?? 0, currency }),
  };
}
