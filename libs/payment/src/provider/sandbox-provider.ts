import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import { sleep, type Id } from '#kernel';
import { PaymentProvider, type Charge, type ChargeResult } from './payment-provider.js';

interface Behaviour {
  readonly books: 'captured' | 'declined' | 'failed';
  readonly answers: boolean;
}

/** What each test token makes the sandbox do. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  tok_success: { books: 'captured', answers: true },
  tok_declined: { books: 'declined', answers: true },
  tok_error: { books: 'failed', answers: true },
  tok_timeout: { books: 'captured', answers: false },
};

/** Their outcome arrives by webhook, for which this version has no intake. */
const BY_WEBHOOK = new Set(['tok_requires_action', 'tok_processing']);

interface BookedCharge {
  outcome: Behaviour['books'] | 'closed';
  reference: string;
  /** Null for a key that was closed before any charge came. */
  amount: number | null;
  currency: string | null;
}

/**
 * A provider without real money, for development and tests. It keeps its own books in its own transactions, so that what the shop
 * believes can be compared with what the provider did.
 */
@Injectable()
export class SandboxProvider extends PaymentProvider {
  override readonly name = 'sandbox';

  constructor(private readonly transactions: Transactions) {
    super();
  }

  override refusalOf(token: string): string | undefined {
    if (BY_WEBHOOK.has(token)) return 'is a token whose outcome comes later, which is not supported yet';
    if (Object.hasOwn(BEHAVIOURS, token)) return undefined;
    return `is not a token of the sandbox: use one of ${Object.keys(BEHAVIOURS).join(', ')}`;
  }

  override async charge(charge: Charge, signal: AbortSignal): Promise<ChargeResult> {
    const behaviour = BEHAVIOURS[charge.token];
    if (behaviour === undefined) throw new Error('The sandbox was given a token that it refuses.');
    const booked = await this.book(charge.idempotencyKey, behaviour.books, charge);
    const { amount, currency } = charge.amount;
    if (booked.amount !== null && (booked.amount !== amount || booked.currency !== currency)) {
      throw new Error(`Idempotency key ${charge.idempotencyKey} was used before for another amount.`);
    }
    if (!behaviour.answers) await silence(signal);
    return resultOf(booked);
  }

  override async conclude(idempotencyKey: Id<'pay'>): Promise<ChargeResult> {
    return resultOf(await this.book(idempotencyKey, 'closed'));
  }

  /** The first one to write under a key decides what happened; everybody else reads it. */
  private async book(key: Id<'pay'>, outcome: BookedCharge['outcome'], charge?: Charge): Promise<BookedCharge> {
    const entry = [
      key,
      outcome,
      charge?.orderId ?? null,
      charge?.amount.amount ?? null,
      charge?.amount.currency ?? null,
    ];
    const { rows } = await this.transactions.run((tx) =>
      tx.query<BookedCharge>(
        `INSERT INTO payment.sandbox_charges AS booked (idempotency_key, outcome, merchant_reference, amount, currency)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (idempotency_key) DO UPDATE SET outcome = booked.outcome
         RETURNING outcome, reference, amount, currency`,
        entry,
      ),
    );
    const [booked] = rows;
    if (booked === undefined) throw new Error(`The sandbox has lost its entry for ${key}.`);
    return booked;
  }
}

function resultOf({ outcome, reference }: BookedCharge): ChargeResult {
  if (outcome === 'captured') return { outcome, reference };
  if (outcome === 'declined') return { outcome, reference, declineCode: 'card_declined' };
  return { outcome: 'failed', reason: outcome === 'closed' ? 'never_charged' : 'provider_error' };
}

/** The answer never comes: waits until the caller gives up. */
async function silence(signal: AbortSignal): Promise<never> {
  const LONGER_THAN_ANY_CALLER_MS = 3_600_000;
  await sleep(LONGER_THAN_ANY_CALLER_MS, signal);
  throw new Error('Nobody gave up waiting for the sandbox within an hour.');
}
