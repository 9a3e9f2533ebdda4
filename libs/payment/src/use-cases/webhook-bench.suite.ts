import { newId } from '#kernel';
import type { WebhookRequest } from '../providers/provider-events.js';
import { signedHeaders } from '../providers/sandbox/standard-webhooks.js';
import { ApplyWebhook } from './apply-webhook.js';
import { PaymentBench } from './payment-bench.suite.js';
import { ReceiveWebhook } from './receive-webhook.js';

const SECRET = `whsec_${Buffer.from('a secret of this specification').toString('base64')}`;

/** Webhooks as the sandbox signs them, and what becomes of them. */
export class WebhookBench {
  private constructor(readonly payments: PaymentBench) {}

  static async open(): Promise<WebhookBench> {
    return new WebhookBench(await PaymentBench.open({ PAYMENT_SANDBOX_WEBHOOK_SECRET: SECRET }));
  }

  close(): Promise<void> {
    return this.payments.close();
  }

  webhook(
    data: unknown,
    { id = newId('key') as string, type = 'payment.captured', secret = SECRET } = {},
  ): WebhookRequest {
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    return { rawBody: Buffer.from(body), headers: signedHeaders({ id, timestamp: new Date(), body }, secret) };
  }

  receive(request: WebhookRequest): Promise<void> {
    return this.payments.get(ReceiveWebhook).run('sandbox', request);
  }

  apply(request: WebhookRequest): Promise<void> {
    const eventId = String(request.headers['webhook-id']);
    return this.payments.transactions.run((tx) =>
      this.payments.get(ApplyWebhook).run(tx, { provider: 'sandbox', eventId }),
    );
  }

  stored(request: WebhookRequest): Promise<{ status: string; reason: string | null }[]> {
    return this.rows('SELECT status, reason FROM payment.webhook_events WHERE event_id = $1', [
      request.headers['webhook-id'],
    ]);
  }

  async rows<Row>(sql: string, params: unknown[]): Promise<Row[]> {
    return (await this.payments.transactions.read((db) => db.query<Row>(sql, params))).rows;
  }
}
