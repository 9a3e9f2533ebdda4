import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { CapturedPayments } from '#contracts';
import type { Invariant, ModuleSchema } from '#database';
import { problemsOf, type ProblemType } from '#kernel';
import * as errors from './domain/payment.errors.js';
import { CapturedPaymentsAdapter } from './adapters/captured-payments.adapter.js';
import { OnStatusCheckDueConsumer } from './consumers/on-status-check-due.consumer.js';
import { PaidOrderAccess } from './http/order-access.js';
import { PaymentController } from './http/payment.controller.js';
import { paymentInvariants } from './persistence/invariants.js';
import { paymentSchema } from './persistence/payment-schema.js';
import { ProviderCalls } from './provider/provider-calls.js';
import { PaymentProvider } from './provider/payment-provider.js';
import { SandboxProvider } from './provider/sandbox-provider.js';
import { ReconcilePayment } from './use-cases/reconcile-payment.js';
import { PayOrder } from './use-cases/pay-order.js';
import { ReadPayment } from './use-cases/read-payment.js';
import { RecordOutcomes } from './use-cases/record-outcomes.js';
import { StartAttempt } from './use-cases/start-attempt.js';

const PROVIDER_CALLS: Provider[] = [
  { provide: PaymentProvider, useClass: SandboxProvider },
  ProviderCalls,
  RecordOutcomes,
];

const ROLES = {
  api: {
    controllers: [PaymentController],
    providers: [...PROVIDER_CALLS, StartAttempt, PayOrder, ReadPayment, PaidOrderAccess],
  },
  worker: {
    controllers: [OnStatusCheckDueConsumer],
    providers: [...PROVIDER_CALLS, ReconcilePayment, { provide: CapturedPayments, useClass: CapturedPaymentsAdapter }],
    exports: [CapturedPayments],
  },
  cli: { controllers: [], providers: [] },
};

const webhookSignatureInvalid: ProblemType = {
  code: 'invalid_signature',
  kind: 'malformed',
  title: 'Webhook signature not valid',
};

/** Takes the money of orders: attempts, the provider, and what became of attempts whose answer was lost. */
@Module({})
export class PaymentModule {
  static readonly problems: readonly ProblemType[] = [...problemsOf(errors), webhookSignatureInvalid];
  static readonly scopes: readonly string[] = ['payments:write'];
  static readonly schema: ModuleSchema = paymentSchema;

  static readonly invariants: readonly Invariant[] = paymentInvariants;

  static register(role: keyof typeof ROLES): DynamicModule {
    return { module: PaymentModule, global: true, ...ROLES[role] };
  }
}
