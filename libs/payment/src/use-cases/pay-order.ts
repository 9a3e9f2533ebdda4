import { Injectable } from '@nestjs/common';
import { ExternalCommand, oneByOne, type Closing, type Opening, type Outcome } from '#commands';
import { orderLock, type Payer } from '#contracts';
import type { Tx } from '#database';
import { newId, type Id, type Money } from '#kernel';
import { isLive } from '../domain/payment-status.js';
import { PaymentDeclinedByProvider, PaymentProviderUnavailable } from '../domain/payment.errors.js';
import { attemptById } from '../persistence/find-attempt.js';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { ProviderCalls } from '../provider/provider-calls.js';
import { RecordOutcomes, type Outcome as ProviderOutcome } from './record-outcomes.js';
import { StartAttempt } from './start-attempt.js';

export interface PaymentRequest {
  readonly orderId: Id<'order'>;
  readonly token: string;
  readonly payer: Payer;
}

interface OpenedPayment {
  readonly amount: Money;
  /** False for an attempt whose end was recorded while its request was lost. */
  readonly live: boolean;
}

/** Undefined where the attempt had ended before. */
type Called = ProviderOutcome | undefined;

/**
 * One attempt to take what is due on an order: a transaction, the provider, a transaction. The attempt's id is the resource of the request
 * and the idempotency key at the provider, so a request that is resumed is charged once.
 */
@Injectable()
export class PayOrder extends ExternalCommand<PaymentRequest, OpenedPayment, Called, PaymentAttempt> {
  constructor(
    private readonly startAttempt: StartAttempt,
    private readonly calls: ProviderCalls,
    private readonly record: RecordOutcomes,
  ) {
    super();
  }

  override lock({ orderId }: PaymentRequest) {
    return orderLock.lock(orderId);
  }

  override newResource(): Id<'pay'> {
    return newId('pay');
  }

  /** @throws what `StartAttempt` does. */
  override open(tx: Tx, openings: readonly Opening<PaymentRequest>[]): Promise<readonly Outcome<OpenedPayment>[]> {
    return oneByOne(openings, async ({ resource, request: { orderId, payer } }) => {
      const amount = await this.startAttempt.run(tx, { paymentId: resource as Id<'pay'>, orderId }, payer);
      return { amount, live: true };
    });
  }

  override async resume(tx: Tx, { resource }: Opening<PaymentRequest>): Promise<OpenedPayment> {
    const attempt = await attemptById(tx, resource as Id<'pay'>);
    return { amount: attempt.money, live: isLive(attempt.status) };
  }

  override async call(
    { amount, live }: OpenedPayment,
    { resource, request }: Opening<PaymentRequest>,
  ): Promise<Called> {
    const { orderId, token } = request;
    return live ? this.calls.charge({ idempotencyKey: resource as Id<'pay'>, orderId, amount, token }) : undefined;
  }

  /** Refused with `payment_declined` or `payment_provider_unavailable`; what has become of the attempt is recorded all the same. */
  override async finish(
    tx: Tx,
    closings: readonly Closing<OpenedPayment, Called>[],
  ): Promise<readonly Outcome<PaymentAttempt>[]> {
    const outcomes = closings.flatMap(({ called }) => called ?? []);
    if (outcomes.length > 0) await this.record.run(tx, outcomes);
    // Somebody else may have recorded the outcome first, so the stored attempt answers, not what this process saw.
    const attempts = await oneByOne(closings, ({ resource }) => attemptById(tx, resource as Id<'pay'>));
    return attempts.map((outcome) => ('result' in outcome ? outcomeOf(outcome.result) : outcome));
  }
}

function outcomeOf(attempt: PaymentAttempt): Outcome<PaymentAttempt> {
  const { id, status, declineCode } = attempt;
  if (status === 'declined') return { error: new PaymentDeclinedByProvider(id, declineCode ?? 'declined') };
  return status === 'failed' ? { error: new PaymentProviderUnavailable(id) } : { result: attempt };
}
