import type { Persistence } from '#database';
import { Payments1764000050001 } from './persistence/migrations/1764000050001-payments.js';
import { QueryReminders1764000150002 } from './persistence/migrations/1764000150002-query-reminders.js';
import { PaymentAttempt } from './persistence/payment-attempt.entity.js';

export const paymentPersistence: Persistence = {
  entities: [PaymentAttempt],
  migrations: [Payments1764000050001, QueryReminders1764000150002],
};
