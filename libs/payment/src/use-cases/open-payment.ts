import { Injectable } from '@nestjs/common';
import type { Payer } from '#contracts';
import { Transactions, type Tx } from '#database';
import { IdempotentRequests, type HttpResult, type IdempotencyKey } from '#http';
import { newId, type Id, type Money } from '#kernel';
import { Locked } from '#locking';
import { attemptById } from '../persistence/find-attempt.js';
import { isLive } from '../domain/payment-status.js';
import { StartAttempt } from './start-attempt.js';

/**
 * Long enough for one transaction with all its reruns. That an order is charged once holds in the database; the lock is a second guard
 * before money moves, so without it nothing is charged: 503.
 */
const LOCK = { ttlMs: 5_000, waitMs: 2_000, onUnavailable: 'fail-closed' } as const;

export interface PaymentRequest {
  readonly orderId: Id<'order'>;
  readonly token: string;
  readonly payer: Payer;
  readonly key: IdempotencyKey | undefined;
}

export interface OpenedPayment {
  readonly paymentId: Id<'pay'>;
  readonly amount: Money;
  /** False for an attempt whose end was recorded while its request was lost. */
  readonly live: boolean;
}

type Opening = { readonly answer: HttpResult } | { readonly payment: OpenedPayment };

/**
 * First half of a payment: everything that must be durable before the provider is called. A request whose process died after this
 * half gets its own attempt again, and with it the same key at the provider.
 */
@Injectable()
export class OpenPayment {
  constructor(
    private readonly transactions: Transactions,
    private readonly requests: IdempotentRequests,
    private readonly startAttempt: StartAttempt,
  ) {}

  /** @throws what `StartAttempt` and `Locks` do, `request_in_flight`, `idempotency_key_reused`. */
  async run(request: PaymentRequest): Promise<Opening> {
    try {
      return await this.lockedRun(request);
    } catch (error) {
      return { answer: await this.requests.settle(request.key, error) };
    }
  }

  @Locked(({ orderId }: PaymentRequest) => `order:${orderId}`, LOCK)
  private lockedRun(request: PaymentRequest): Promise<Opening> {
    return this.transactions.run((tx) => this.open(tx, request));
  }

  private async open(tx: Tx, { orderId, payer, key }: PaymentRequest): Promise<Opening> {
    const paymentId = newId('pay');
    const claim = await this.requests.begin(tx, key, paymentId);
    if (claim.kind === 'replay') return { answer: claim.answer };
    if (claim.kind === 'resume') return { payment: await this.earlier(tx, claim.resource as Id<'pay'>) };
    const amount = await this.startAttempt.run(tx, { paymentId, orderId }, payer);
    return { payment: { paymentId, amount, live: true } };
  }

  private async earlier(tx: Tx, paymentId: Id<'pay'>): Promise<OpenedPayment> {
    const attempt = await attemptById(tx, paymentId);
    return { paymentId, amount: attempt.money, live: isLive(attempt.status) };
  }
}
