export { PaymentApi, PaymentModule, PaymentWorker, RefundModule } from './payment.module.js';
export { ProviderSilent } from './providers/provider-ledgers.js';
export type { LedgerDifference } from './domain/ledger-difference.js';
export { ReconcileLedgers } from './use-cases/reconcile-ledgers.js';
