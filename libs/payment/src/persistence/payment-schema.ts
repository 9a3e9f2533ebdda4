import type { ModuleSchema } from '#database';
import { Payments1764000050001 } from './migrations/1764000050001-payments.js';
import { PaymentSequences1764000160002 } from './migrations/1764000160002-payment-sequences.js';
import { ProviderAnswers1764000180001 } from './migrations/1764000180001-provider-answers.js';
import { QueryReminders1764000150002 } from './migrations/1764000150002-query-reminders.js';
import { WebhookEvents1764000180002 } from './migrations/1764000180002-webhook-events.js';
import { Refunds1764000180003 } from './migrations/1764000180003-refunds.js';
import { Disputes1764000190001 } from './migrations/1764000190001-disputes.js';
import { SeparateCapture1764000190002 } from './migrations/1764000190002-separate-capture.js';
import { CancelledRefunds1764000210011 } from './migrations/1764000210011-cancelled-refunds.js';
import { RefundsOfReturns1764000350002 } from './migrations/1764000350002-refunds-of-returns.js';
import { Dispute } from './dispute.entity.js';
import { LedgerDifferences1764000200001 } from './migrations/1764000200001-ledger-differences.js';
import { Refund } from './refund.entity.js';
import { PaymentAttempt } from './payment-attempt.entity.js';

export const paymentSchema: ModuleSchema = {
  entities: [PaymentAttempt, Refund, Dispute],
  migrations: [
    Payments1764000050001,
    QueryReminders1764000150002,
    PaymentSequences1764000160002,
    ProviderAnswers1764000180001,
    WebhookEvents1764000180002,
    Refunds1764000180003,
    Disputes1764000190001,
    SeparateCapture1764000190002,
    LedgerDifferences1764000200001,
    CancelledRefunds1764000210011,
    RefundsOfReturns1764000350002,
  ],
};
