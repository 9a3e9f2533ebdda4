import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { Commands, HttpResult, Operation, page, RequestContext } from '#http';
import { WebhookNotFound, WebhookNotParked } from '../domain/payment.errors.js';
import { listWebhooks } from '../persistence/stored-webhooks.js';
import { SettleParkedWebhook, type WebhookDecision } from '../use-cases/settle-parked-webhook.js';
import * as schemas from './staff-payment.schemas.js';

const DECISION = {
  responses: { 200: schemas.PaymentWebhookView },
  errors: [WebhookNotFound.problem, WebhookNotParked.problem],
  idempotencyKey: 'required',
  scope: 'payments:write',
} as const;

@Controller('v1/admin/payment-webhooks')
export class StaffWebhookController {
  constructor(
    private readonly transactions: Transactions,
    private readonly commands: Commands,
    private readonly settleParkedWebhook: SettleParkedWebhook,
  ) {}

  @Get()
  @Operation({
    id: 'listPaymentWebhooks',
    summary: 'Webhooks of payment providers, the newest first',
    responses: { 200: schemas.PaymentWebhookPage },
    scope: 'orders:read',
  })
  async list(
    @Query({ schema: schemas.WebhooksQuery }) { limit, cursor: after, status }: schemas.WebhooksQuery,
  ): Promise<HttpResult> {
    const webhooks = await this.transactions.read((db) => listWebhooks(db, { status, after, count: limit + 1 }));
    return HttpResult.ok(page(webhooks.map(schemas.paymentWebhookView), limit, ({ number }) => String(number)));
  }

  @Post(':number/retry')
  @Operation({
    id: 'retryPaymentWebhook',
    summary: 'Apply a parked webhook again',
    ...DECISION,
    errors: [...DECISION.errors, 'payment_in_progress'],
  })
  retry(
    @Param({ schema: schemas.WebhookNumber }) { number }: schemas.WebhookNumber,
    @Body({ schema: schemas.ReasonBody }) { reason }: schemas.ReasonBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.decide({ number, decision: 'retry', reason, actor: caller.actor }, key);
  }

  @Post(':number/dismiss')
  @Operation({ id: 'dismissPaymentWebhook', summary: 'Close a parked webhook that was seen to otherwise', ...DECISION })
  dismiss(
    @Param({ schema: schemas.WebhookNumber }) { number }: schemas.WebhookNumber,
    @Body({ schema: schemas.ReasonBody }) { reason }: schemas.ReasonBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    return this.decide({ number, decision: 'dismiss', reason, actor: caller.actor }, key);
  }

  private decide(decision: WebhookDecision, key: RequestContext['key']): Promise<HttpResult> {
    return this.commands.run(this.settleParkedWebhook, decision, {
      key,
      respond: (webhook) => HttpResult.ok(schemas.paymentWebhookView(webhook)),
    });
  }
}
