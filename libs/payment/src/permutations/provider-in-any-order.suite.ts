import type { Id } from '#kernel';
import type { WholeShop } from '../../../../test/support/whole-shop.js';
import type { WebhookRequest } from '../providers/provider-events.js';

/** A provider with what stands on its other side. */
export interface ProviderInAnyOrder {
  readonly name: string;
  /** Settings that make it the provider for new attempts. */
  readonly env: Readonly<Record<string, string>>;
  /** Types of messages that nobody handles: the test brings the webhooks itself. */
  readonly unhandled: readonly string[];
  /** Takes the money at once. */
  readonly token: string;
  /** What it sends when it has taken the money, signed. */
  capturedWebhook(shop: WholeShop, paymentId: Id<'pay'>): Promise<WebhookRequest>;
  /** What it has taken and given back, in minor units. */
  ledgerOf(shop: WholeShop, paymentId: Id<'pay'>): Promise<{ readonly captured: number; readonly refunded: number }>;
  /** Where its whole ledger is not ours, in words. */
  differences(shop: WholeShop): Promise<readonly string[]>;
  close(): Promise<void>;
}
