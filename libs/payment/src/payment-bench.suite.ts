import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions } from '#database';
import { Money, newId, type Currency, type Id } from '#kernel';
import { createTestDatabase, type TestDatabase } from '../../../test/support/test-database.js';
import { moveAttempts, type AttemptMove, type MovedAttempt } from './move-attempts.js';
import { openAttempt } from './open-attempt.js';
import { paymentPersistence } from './payment.persistence.js';
import type { Charge } from './provider/payment-provider.js';
import { SandboxProvider } from './provider/sandbox-provider.js';

export const amount = Money.of(1_999, 'EUR' as Currency);

export const captured = (paymentId: Id<'pay'>): AttemptMove => ({
  paymentId,
  to: 'captured',
  providerReference: `ref-${paymentId}`,
});

export const declined = (paymentId: Id<'pay'>): AttemptMove => ({
  paymentId,
  to: 'declined',
  providerReference: `ref-${paymentId}`,
  declineCode: 'card_declined',
});

export const charge = (idempotencyKey: Id<'pay'>, token: string, orderId = newId('order')): Charge => ({
  idempotencyKey,
  orderId,
  amount,
  token,
});

interface Opening {
  readonly orderId?: Id<'order'>;
  readonly attemptsMax?: number;
  readonly firstQueryInMs?: number;
}

/** Attempts and the sandbox's books in a database of their own, without orders. */
export class PaymentBench {
  readonly transactions: Transactions;
  readonly sandbox: SandboxProvider;

  private constructor(
    private readonly database: TestDatabase,
    private readonly opened: TestingModule,
  ) {
    this.transactions = opened.get(Transactions);
    this.sandbox = opened.get(SandboxProvider);
  }

  static async open(): Promise<PaymentBench> {
    const database = await createTestDatabase([paymentPersistence]);
    const opened = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(loadConfig({ DATABASE_URL: database.url })),
        DatabaseModule.forRoot('spec', [paymentPersistence]),
      ],
      providers: [SandboxProvider],
    }).compile();
    return new PaymentBench(database, await opened.init());
  }

  async close(): Promise<void> {
    await this.opened.close();
    await this.database.drop();
  }

  /** An attempt that is about to be sent to the provider. */
  async anAttempt({ orderId = newId('order'), attemptsMax = 10, firstQueryInMs = 60_000 }: Opening = {}) {
    const paymentId = newId('pay');
    const attempt = { paymentId, orderId, amount, provider: 'sandbox', actor: 'guest', attemptsMax, firstQueryInMs };
    const opens = await this.transactions.run((tx) => openAttempt(tx, attempt));
    return { paymentId, orderId, opens };
  }

  move(...moves: AttemptMove[]): Promise<MovedAttempt[]> {
    return this.transactions.run((tx) => moveAttempts(tx, moves, 'provider'));
  }
}
