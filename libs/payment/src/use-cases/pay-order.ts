import { Injectable } from '@nestjs/common';
import { ExternalCommand, oneByOne, type Closing, type Opening, type Outcome } from '#commands';
import { orderLock, type Payer } from '#contracts';
import type { Tx } from '#database';
import { newId, type Id } from '#kernel';
import { PaymentDeclinedByProvider, PaymentProviderUnavailable } from '../domain/payment.errors.js';
import { attemptById } from '../persistence/find-attempt.js';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import type { NewPayment } from '../providers/payment-provider.js';
import { ProviderCalls, type Of, type Outcome as ProviderOutcome } from '../providers/provider-calls.js';
import { newPaymentOf } from './new-payment.js';
import { RecordOutcomes } from './record-outcomes.js';
import { StartAttempt } from './start-attempt.js';

export interface PaymentRequest {
  readonly orderId: Id<'order'>;
  readonly token: string;
  readonly returnUrl: string | undefined;
  readonly payer: Payer;
}

interface OpenedPayment {
  /** Undefined for an attempt whose answer was recorded while its request was lost. */
  readonly toSend: Of<NewPayment> | undefined;
  /** Whether an earlier request may have sent it. */
  readonly isRepeated: boolean;
}

/** Undefined where nothing had to be sent. */
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
    return oneByOne(openings, async ({ resource, request: { payer, ...payment } }) => {
      const attempt = { ...payment, paymentId: resource as Id<'pay'> };
      return { toSend: await this.startAttempt.run(tx, attempt, payer), isRepeated: false };
    });
  }

  override async resume(tx: Tx, { resource }: Opening<PaymentRequest>): Promise<OpenedPayment> {
    const attempt = await attemptById(tx, resource as Id<'pay'>);
    return { toSend: newPaymentOf(attempt), isRepeated: true };
  }

  override async call({ toSend, isRepeated }: OpenedPayment): Promise<Called> {
    if (toSend === undefined) return undefined;
    return isRepeated ? this.calls.repeat(toSend) : this.calls.create(toSend);
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
