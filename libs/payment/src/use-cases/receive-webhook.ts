import { Injectable, Logger } from '@nestjs/common';
import { PaymentWebhookReceived } from '#contracts';
import { Transactions } from '#database';
import { message, Outbox } from '#messaging';
import { InvalidSignature } from '../domain/payment.errors.js';
import { storeWebhook } from '../persistence/webhook-events.js';
import { PaymentProviders } from '../providers/payment-providers.js';
import { InvalidWebhookSignature, type ProviderEvent, type WebhookRequest } from '../providers/provider-events.js';

/** Takes a webhook in: verified and stored once, so that the provider can be answered at once. The work follows by the queue. */
@Injectable()
export class ReceiveWebhook {
  private readonly logger = new Logger(ReceiveWebhook.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly providers: PaymentProviders,
    private readonly outbox: Outbox,
  ) {}

  /** @throws {InvalidSignature} also for a provider that is not set up here */
  async run(provider: string, request: WebhookRequest): Promise<void> {
    const event = this.verified(provider, request);
    await this.transactions.run(async (tx) => {
      if (!(await storeWebhook(tx, provider, event)) || event.fact === undefined) return;
      const data = { provider, eventId: event.id };
      await this.outbox.add(tx, [
        message(PaymentWebhookReceived, { subject: `${provider}/${event.id}`, sequence: 1, data }),
      ]);
    });
  }

  private verified(name: string, request: WebhookRequest): ProviderEvent {
    try {
      const provider = this.providers.find(name);
      if (provider === undefined) throw new InvalidWebhookSignature('no such provider is set up');
      return provider.parseWebhook(request, new Date());
    } catch (error) {
      if (!(error instanceof InvalidWebhookSignature)) throw error;
      this.logger.warn({ msg: 'security: a webhook was refused', provider: name, reason: error.message });
      throw new InvalidSignature();
    }
  }
}
