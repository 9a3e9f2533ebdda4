import { ledgerDifferences } from '../../../../test/support/stripe/ledger-differences.js';
import { StripeServer, stripeSignature } from '../../../../test/support/stripe/stripe-server.js';
import { describeAllOrders } from './all-orders.suite.js';
import type { ProviderInAnyOrder } from './provider-in-any-order.suite.js';

const SECRET = 'whsec_of_this_specification';

async function open(): Promise<ProviderInAnyOrder> {
  const stripe = await StripeServer.start();
  const intentOf = (paymentId: string) =>
    [...stripe.ledger.intents.values()].find(({ metadata }) => metadata['payment_id'] === paymentId);
  return {
    name: 'stripe',
    env: {
      PAYMENT_PROVIDER: 'stripe',
      STRIPE_SECRET_KEY: 'sk_test_standin',
      STRIPE_WEBHOOK_SECRET: SECRET,
      STRIPE_API_BASE: stripe.url,
    },
    unhandled: [],
    token: 'pm_card_visa',
    capturedWebhook: (_, paymentId) => {
      const { payload } = stripe.events.find(
        (event) => event.type === 'payment_intent.succeeded' && event.payload.includes(paymentId),
      )!;
      return Promise.resolve({ rawBody: Buffer.from(payload), headers: stripeSignature(payload, SECRET) });
    },
    ledgerOf: (_, paymentId) => {
      const intent = intentOf(paymentId);
      const refunded = intent === undefined ? 0 : stripe.ledger.refundedOf(intent.id);
      return Promise.resolve({ captured: intent?.amount_received ?? 0, refunded });
    },
    differences: (shop) => ledgerDifferences({ query: async (sql) => ({ rows: await shop.rows(sql) }) }, stripe.ledger),
    close: () => stripe.close(),
  };
}

describeAllOrders(open);
