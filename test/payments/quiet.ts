import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { ledgerDifferences } from '../support/stripe/ledger-differences.js';
import type { StripeShop } from '../support/stripe/stripe-shop.js';

const WITHIN_MS = 180_000;
const EVERY_MS = 1_000;

/** As if enough time had passed for whoever is asked later, for a buyer who does not come back, and for what Stripe finds late. */
const MAKE_TIME_PASS = [
  `UPDATE payment.attempts SET created_at = created_at - interval '16 minutes'
   WHERE status IN ('created', 'unknown', 'requires_action', 'processing') AND created_at > now() - interval '16 minutes'`,
  `UPDATE messaging.scheduled SET due_at = now() WHERE due_at > now()
     AND type IN ('payment.query_due.v1', 'payment.refund_due.v1', 'order.hold_due.v1')`,
  `UPDATE inventory.reservations SET expires_at = now(), first_expires_at = least(first_expires_at, now()) WHERE status IN ('held', 'extended')
     AND order_id IN (SELECT id FROM orders.orders WHERE status = 'pending_payment' AND payment_status = 'none')`,
  `UPDATE orders.orders SET reservation_expires_at = now() WHERE status = 'pending_payment' AND payment_status = 'none'`,
];

/** Kinds of work that are not done; a refund that waits for a person is not done either. */
const LEFT = `
  SELECT 'order ' || id || ' ' || status || ' ' || payment_status AS left FROM orders.orders WHERE status = 'pending_payment'
  UNION ALL SELECT 'attempt ' || id || ' ' || status FROM payment.attempts WHERE status IN ('created', 'unknown', 'requires_action', 'processing')
  UNION ALL SELECT 'refund ' || id || ' ' || status || ' ' || coalesce(last_error, '') FROM payment.refunds WHERE status <> 'succeeded'
  UNION ALL SELECT 'webhook ' || event_id || ' ' || status || ' ' || coalesce(reason, '') FROM payment.webhook_events WHERE status NOT IN ('applied', 'ignored')
  UNION ALL SELECT 'dead letter of ' || queue || ': ' || coalesce(error, '') FROM messaging.dead_letters WHERE status = 'waiting'
  UNION ALL SELECT 'event ' || type || ' ' || subject FROM messaging.outbox WHERE published_at IS NULL`;

/** Waits until nothing is left to do, and returns what does not hold then. Empty is the only good answer. */
export async function complaintsWhenQuiet({ shop, stripe, webhooks }: StripeShop): Promise<string[]> {
  const complaints: string[] = [];
  const quiet = async (): Promise<void> => {
    // A payment whose first call was lost may have come to Stripe only now.
    for (const { id, status } of stripe.ledger.intents.values()) if (status === 'processing') stripe.ledger.settle(id);
    for (const sql of MAKE_TIME_PASS) await shop.db.query(sql);
    const { rows } = await shop.db.query<{ left: string }>(LEFT);
    const left = rows.map((row) => row.left);
    if (webhooks.waiting > 0) left.push(`${webhooks.waiting} webhooks`);
    if (left.length > 0) throw new Error(`${left.length} left: ${left.slice(0, 5).join('; ')}`);
  };
  await eventually(quiet, { withinMs: WITHIN_MS, everyMs: EVERY_MS }).catch((error: unknown) =>
    complaints.push(String(error)),
  );
  complaints.push(...(await ledgerDifferences(shop.db, stripe.ledger)));
  for (const violation of await violations(shop)) complaints.push(JSON.stringify(violation));
  return complaints;
}
