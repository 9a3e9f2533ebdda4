import { connect } from 'amqplib';
import { loadConfig } from '#config';
import { CUSTOMER_JWT_SECRET } from '../support/customer.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';
import { Campaign, type CampaignOptions, type Report } from './campaign.js';
import { KnownResources } from './known-resources.js';
import { COLLECTS_ON_SIGNAL } from './memory.js';

export interface Result extends Report {
  /** Invariants that do not hold afterwards. */
  readonly violated: readonly unknown[];
  /** Operations that were never answered well, so that little of them was seen. */
  readonly unreached: readonly string[];
}

/** Answered well only to who knows the secret of a provider; here every signature is wrong. Signed ones: test/e2e/payments.spec. */
const SIGNED = ['receivePaymentWebhook'];
/** Answered well only about money that waits for a person, of which this shop has none. Such decisions: test/e2e/audited-payment-writes. */
const DECISIONS = [
  'retryPaymentWebhook',
  'dismissPaymentWebhook',
  'failPayment',
  'checkPayment',
  'retryRefund',
  'releaseOrder',
  'holdOrder',
  'capturePayment',
  'voidPayment',
];
/** Answered well only about goods and money of a paid order, which few of the orders here are. Such requests: test/e2e/fulfilment.spec, payments.spec. */
const OF_PAID_ORDERS = [
  'shipOrder',
  'getShipment',
  'trackShipment',
  'deliverShipment',
  'requestReturn',
  'requestReturnForBuyer',
  'getReturn',
  'getReturnOfOrder',
  'receiveReturn',
  'cancelReturn',
  'refundOrder',
];
const SKUS = ['MUG', 'a/b c&d', 'ÄÖ-日本', '%41', '..', "'--", '🫖'];
const QUEUE = 'order.payment-captured';
const LETTERS = 24;
/** As soon as a request makes another one, every order must name one: this one is always there, and goes everywhere. */
const STANDARD = {
  name: 'Standard',
  prices: ['EUR', 'USD', 'JPY', 'KWD'].map((currency) => ({ amount: 490, currency })),
};
const SETTINGS = {
  CUSTOMER_JWT_SECRET,
  // A lost answer of the provider is waited for no longer than any other answer may take.
  PAYMENT_TIMEOUT_MS: '1000',
  NODE_OPTIONS: COLLECTS_ON_SIGNAL,
};

/** A campaign against a shop of built processes, made for it. */
export async function fuzz(options: CampaignOptions): Promise<Result> {
  const shop = await Shop.start({ env: SETTINGS });
  try {
    const known = new KnownResources();
    for (const sku of SKUS) known.add('sku', { id: await aProduct(shop, { sku, onHand: 100_000 }) });
    for (const queue of [QUEUE, 'inventory.order-confirmed', 'no.such.queue']) known.add('queue', { id: queue });
    for (const key of ['stock:MUG', 'cart:none', 'order:none']) known.add('key', { id: key });
    await shop.staff.put('/v1/admin/delivery-methods/standard', STANDARD);
    await sendRubbish(shop);
    const report = await Campaign.run(shop, known, options);
    const seldom = new Set([...SIGNED, ...DECISIONS, ...OF_PAID_ORDERS]);
    const operations = [...report.answers].filter(
      ([id, statuses]) => !seldom.has(id) && ![...statuses.keys()].some((status) => status < 300),
    );
    return { ...report, violated: await violations(shop), unreached: operations.map(([id]) => id) };
  } finally {
    await shop.stop();
  }
}

/** Messages that become dead letters, so that there are some to decide about. */
async function sendRubbish(shop: Shop): Promise<void> {
  const broker = await connect(loadConfig(process.env).RABBITMQ_URLS[0]!);
  const channel = await broker.createConfirmChannel();
  for (let letter = 0; letter < LETTERS; letter += 1) {
    channel.sendToQueue(`${shop.namespace}.${QUEUE}`, Buffer.from(`rubbish ${letter}`), {
      messageId: `rubbish-${letter}`,
    });
  }
  await channel.waitForConfirms();
  await broker.close();
}
