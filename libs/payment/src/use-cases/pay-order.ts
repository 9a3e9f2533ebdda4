import { Injectable } from '@nestjs/common';
import { ExternalCommand, inTraceOf, type Closing, type Opening, type Outcome } from '#commands';
import { orderLock, type Payer } from '#contracts';
import type { Tx } from '#database';
import { newId, type Id } from '#kernel';
import { inheritTrace } from '#observability';
import { PaymentDeclinedByProvider, PaymentProviderUnavailable } from '../domain/payment.errors.js';
import { attemptById, attemptsById } from '../persistence/find-attempt.js';
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
  override readonly batchMax = 50;

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

  /** Refused with what `StartAttempt` refuses. The orders are locked by their ids, so that two who open several wait in line. */
  override async open(
    tx: Tx,
    openings: readonly Opening<PaymentRequest>[],
  ): Promise<readonly Outcome<OpenedPayment>[]> {
    const outcomes: Outcome<OpenedPayment>[] = [];
    const places = [...openings.keys()].toSorted((a, b) =>
      compare(openings[a]?.request.orderId, openings[b]?.request.orderId),
    );
    for (const place of places) {
      const opening = openings[place];
      if (opening !== undefined) outcomes[place] = await inTraceOf(opening.request, () => this.start(tx, opening));
    }
    return outcomes;
  }

  private async start(tx: Tx, { resource, request }: Opening<PaymentRequest>): Promise<Outcome<OpenedPayment>> {
    const { payer, ...payment } = request;
    const started = await this.startAttempt.run(tx, { ...payment, paymentId: resource as Id<'pay'> }, payer);
    return 'error' in started ? started : { result: { toSend: started.result, isRepeated: false } };
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
    // The events about an outcome belong to the request that brought it.
    const outcomes = closings.flatMap((closing) => inheritTrace(closing, closing.called) ?? []);
    if (outcomes.length > 0) await this.record.run(tx, outcomes);
    // Somebody else may have recorded the outcome first, so the stored attempt answers, not what this process saw.
    const attempts = await attemptsById(
      tx,
      closings.map(({ resource }) => resource as Id<'pay'>),
    );
    return attempts.map(outcomeOf);
  }
}

const compare = (a = '', b = ''): number => (a < b ? -1 : 1);

function outcomeOf(attempt: PaymentAttempt): Outcome<PaymentAttempt> {
  const { id, status, declineCode } = attempt;
  if (status === 'declined') return { error: new PaymentDeclinedByProvider(id, declineCode ?? 'declined') };
  return status === 'failed' ? { error: new PaymentProviderUnavailable(id) } : { result: attempt };
}
