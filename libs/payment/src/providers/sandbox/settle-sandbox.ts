import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import type { Tx } from '#database';
import type { DisputeStatus } from '../../persistence/dispute.entity.js';
import { paymentOf, refundOf } from './sandbox-answers.js';
import { SandboxLedger, type Charge, type ChargeStatus } from './sandbox-ledger.js';
import { BEHAVIOURS } from './sandbox-tokens.js';
import { sandboxPages } from './sandbox-urls.js';
import { SandboxWebhooks } from './sandbox-webhooks.js';

/** What happens at the sandbox later: a payment or refund that was under way ends, and a buyer decides. */
@Injectable()
export class SettleSandbox {
  constructor(
    private readonly ledger: SandboxLedger,
    private readonly webhooks: SandboxWebhooks,
    private readonly config: Config,
  ) {}

  /** Once more, or after it was given up, it changes nothing. */
  async run(tx: Tx, reference: string): Promise<void> {
    const refund = await this.ledger.refunds.settle(tx, reference);
    if (refund !== undefined) return this.webhooks.refund(tx, refund, refundOf(refund), false);
    await this.end(tx, reference, 'processing', 'approve');
  }

  /** Opens a dispute about a payment, and later decides it as its token says; or tells that decision. */
  async dispute(tx: Tx, reference: string, status: DisputeStatus): Promise<void> {
    const charge = await this.ledger.byReference(tx, reference);
    if (charge?.status !== 'captured') return;
    await this.webhooks.dispute(tx, reference, status);
    const decision = BEHAVIOURS[charge.token]?.dispute;
    if (status === 'open' && decision !== undefined) await this.webhooks.disputeLater(tx, reference, decision);
  }

  /** Returns the charge as it is then; undefined when there is none. */
  async decide(tx: Tx, reference: string, decision: 'approve' | 'decline'): Promise<Charge | undefined> {
    await this.end(tx, reference, 'requires_action', decision);
    return this.ledger.byReference(tx, reference);
  }

  private async end(tx: Tx, reference: string, from: ChargeStatus, decision: 'approve' | 'decline'): Promise<void> {
    const charge = await this.ledger.byReference(tx, reference);
    if (charge === undefined) return;
    const approved = charge.capture === 'manual' ? 'authorized' : 'captured';
    const moved = await this.ledger.move(
      tx,
      reference,
      decision === 'approve'
        ? { from: [from], to: approved }
        : { from: [from], to: 'declined', declineCode: 'authentication_failed' },
    );
    if (moved === undefined) return;
    await this.webhooks.payment(tx, moved, paymentOf(moved, sandboxPages(this.config)), false);
  }
}
