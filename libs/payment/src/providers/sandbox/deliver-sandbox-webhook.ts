import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { Transactions } from '#database';
import { UnfoundedEvent } from '#messaging';
import { sandboxWebhookUrl } from './sandbox-urls.js';
import { signedHeaders } from './standard-webhooks.js';

const DELIVERY_TIMEOUT_MS = 5_000;

/** Sends a webhook as a provider elsewhere would: by HTTP, signed, to the address of the API. */
@Injectable()
export class DeliverSandboxWebhook {
  private readonly logger = new Logger(DeliverSandboxWebhook.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly config: Config,
  ) {}

  /** Returns whether it was taken. @throws {UnfoundedEvent} for one that the sandbox has not written */
  async run(id: string): Promise<boolean> {
    const body = await this.bodyOf(id);
    const [secret = ''] = this.config.PAYMENT_SANDBOX_WEBHOOK_SECRET;
    const url = sandboxWebhookUrl(this.config);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signedHeaders({ id, timestamp: new Date(), body }, secret) },
        body,
        signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return true;
      this.logger.warn({ msg: 'a webhook of the sandbox was refused', webhookId: id, status: response.status });
    } catch (error) {
      this.logger.warn({ msg: 'a webhook of the sandbox did not arrive', webhookId: id, reason: String(error) });
    }
    return false;
  }

  private async bodyOf(id: string): Promise<string> {
    const { rows } = await this.transactions.read((db) =>
      db.query<{ body: string }>('SELECT body FROM payment.sandbox_webhooks WHERE id = $1', [id]),
    );
    if (rows[0] === undefined) throw new UnfoundedEvent(`The sandbox has written no webhook ${id}.`);
    return rows[0].body;
  }
}
