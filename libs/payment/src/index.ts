export { PaymentApi, PaymentModule, PaymentWorker, RefundModule } from './payment.module.js';
