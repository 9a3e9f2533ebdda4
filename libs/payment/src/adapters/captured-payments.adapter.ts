import { Injectable } from '@nestjs/common';
import {
  CapturedPayments,
  type ClaimedCapture,
  type DisputeState,
  type GivingBack,
  type UnfitCapture,
} from '#contracts';
import type { Reader, Tx } from '#database';
import { NothingToRefund, PaymentIsDisputed } from '../domain/refund.errors.js';
import type { Id } from '#kernel';
import { Dispute, type DisputeStatus } from '../persistence/dispute.entity.js';
import { refundedSums } from '../persistence/refunded-sums.js';
import { ARE_AUTHORIZED } from '../persistence/are-authorized.js';
import { ARE_CAPTURED } from '../persistence/are-captured.js';
import { givingBackOf } from '../persistence/giving-back-of.js';
import { RequestRefund } from '../use-cases/request-refund.js';
import { ScheduleAction } from '../use-cases/schedule-action.js';

@Injectable()
export class CapturedPaymentsAdapter extends CapturedPayments {
  constructor(
    private readonly requestRefund: RequestRefund,
    private readonly scheduleAction: ScheduleAction,
  ) {
    super();
  }

  override async areCaptured(db: Reader, claims: readonly ClaimedCapture[]): Promise<boolean[]> {
    const { rows } = await db.query(ARE_CAPTURED, columnsOf(claims));
    return rows.map(({ captured }) => captured);
  }

  override async areAuthorized(tx: Tx, claims: readonly ClaimedCapture[]): Promise<('yes' | 'given_up' | 'no')[]> {
    const { rows } = await tx.query(ARE_AUTHORIZED, columnsOf(claims));
    return rows.map(({ state }) => state);
  }

  override async disputeOf(db: Reader, paymentId: Id<'pay'>): Promise<DisputeState> {
    const disputes = await db.manager.findBy(Dispute, { paymentId });
    const is = (status: DisputeStatus) => disputes.some((dispute) => dispute.status === status);
    const { captured, refundedTotal } = await refundedSums(db, paymentId);
    return { status: is('lost') ? 'lost' : is('open') ? 'open' : 'won', captured, refundedTotal };
  }

  override givingBackOf(db: Reader, paymentId: Id<'pay'>): Promise<GivingBack> {
    return givingBackOf(db, paymentId);
  }

  override async giveBack(tx: Tx, captures: readonly UnfitCapture[]): Promise<void> {
    for (const capture of captures) await this.request(tx, capture);
  }

  private async request(tx: Tx, capture: UnfitCapture): Promise<void> {
    if (await this.scheduleAction.run(tx, capture.paymentId, 'void')) return;
    try {
      await this.requestRefund.run(tx, { ...capture, reason: capture.cause, actor: 'system' });
    } catch (error) {
      // What a bank asks back is not given back beside that.
      if (!(error instanceof NothingToRefund || error instanceof PaymentIsDisputed)) throw error;
    }
  }
}

const columnsOf = (claims: readonly ClaimedCapture[]): unknown[] => [
  claims.map(({ paymentId }) => paymentId),
  claims.map(({ orderId }) => orderId),
  claims.map(({ amount }) => amount.amount),
  claims.map(({ amount }) => amount.currency),
];
