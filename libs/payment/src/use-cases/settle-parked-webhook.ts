import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import { WebhookNotFound, WebhookNotParked } from '../domain/payment.errors.js';
import { findWebhook, reopenWebhook, type StoredWebhook } from '../persistence/stored-webhooks.js';
import { settleWebhook } from '../persistence/webhook-events.js';
import { ApplyWebhook } from './apply-webhook.js';

export interface WebhookDecision {
  readonly number: number;
  /** `retry`: applied again, now that what stood in its way is mended. `dismiss`: a person has seen to it otherwise. */
  readonly decision: 'retry' | 'dismiss';
  readonly reason: string;
  readonly actor: string;
}

/** Staff decide about a webhook that could not be applied. */
@Injectable()
export class SettleParkedWebhook extends SingleCommand<WebhookDecision, StoredWebhook> {
  constructor(private readonly applyWebhook: ApplyWebhook) {
    super();
  }

  /** @throws {WebhookNotFound} @throws {WebhookNotParked} @throws `payment_in_progress` when its money has not reached its order yet */
  override async runOne(tx: Tx, { number, decision, reason, actor }: WebhookDecision): Promise<StoredWebhook> {
    const before = await this.read(tx, number);
    const key = await reopenWebhook(tx, number);
    if (key === undefined) throw new WebhookNotParked(before.status);
    if (decision === 'retry') await this.applyWebhook.run(tx, key);
    else await settleWebhook(tx, key, { status: 'ignored', reason: 'dismissed_by_staff' });
    const after = await this.read(tx, number);
    const subject = { type: 'payment_webhook', id: `${key.provider}/${key.eventId}` };
    const change = {
      before: { status: before.status, reason: before.reason },
      after: { status: after.status, reason: after.reason },
    };
    await recordAudit(tx, actor, [{ action: `payment_webhook.${decision}`, subject, ...change, reason }]);
    return after;
  }

  private async read(tx: Tx, number: number): Promise<StoredWebhook> {
    const found = await findWebhook(tx, number);
    if (found === undefined) throw new WebhookNotFound();
    return found;
  }
}
