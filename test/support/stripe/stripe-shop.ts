import { Buyer } from '../buyer.js';
import { aProduct } from '../products.js';
import { Shop, type ShopOptions } from '../start-shop.js';
import { StripeServer } from './stripe-server.js';
import { WebhookDelivery } from './webhook-delivery.js';

export const STRIPE_WEBHOOK_SECRET = 'whsec_of_the_stand_in';

/** A shop that takes its money with Stripe, and the stand-in for Stripe, which sends its webhooks to the shop's first api. */
export class StripeShop {
  private constructor(
    readonly shop: Shop,
    readonly stripe: StripeServer,
    readonly webhooks: WebhookDelivery,
  ) {}

  static async start({ env, ...options }: ShopOptions = {}): Promise<StripeShop> {
    const webhooks = new WebhookDelivery(STRIPE_WEBHOOK_SECRET);
    const stripe = await StripeServer.start((event) => webhooks.begin(event));
    const settings = {
      PAYMENT_PROVIDER: 'stripe',
      STRIPE_SECRET_KEY: 'sk_test_standin',
      STRIPE_WEBHOOK_SECRET,
      STRIPE_API_BASE: stripe.url,
      ...env,
    };
    try {
      const started = new StripeShop(await Shop.start({ ...options, env: settings }), stripe, webhooks);
      started.openEndpoint();
      return started;
    } catch (error) {
      await stripe.close();
      throw error;
    }
  }

  /** Webhooks that waited for it are delivered. */
  openEndpoint(): void {
    this.webhooks.endpoint = () => `${this.shop.apis[0]!.url}/v1/webhooks/payments/stripe`;
  }

  /** As if the network between Stripe and the shop were gone: webhooks wait. */
  closeEndpoint(): void {
    this.webhooks.endpoint = undefined;
  }

  async aBuyerWithOrder(): Promise<{ buyer: Buyer; orderId: string; sku: string }> {
    const sku = await aProduct(this.shop, { onHand: 3 });
    const buyer = await Buyer.withCart(this.shop.api(), [{ sku, quantity: 1 }]);
    return { buyer, orderId: (await buyer.order()).id, sku };
  }

  /** What Stripe has of an order, oldest first. */
  intentsOf(orderId: string) {
    return [...this.stripe.ledger.intents.values()].filter(({ metadata }) => metadata['order_id'] === orderId);
  }

  async stop(): Promise<void> {
    await this.webhooks.stop();
    await this.shop.stop();
    await this.stripe.close();
  }
}
