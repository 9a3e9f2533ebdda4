import { Injectable } from '@nestjs/common';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import { differenceBetween, isOther, sideText, type LedgerDifference } from '../domain/ledger-difference.js';
import { isLive } from '../domain/payment-status.js';
import { attemptsIn, databaseNow, firstPartOf, rowsOf, type LedgerRow } from '../persistence/ledger-rows.js';
import type { LedgerEntry, Period } from '../providers/provider-answers.js';
import { ProviderLedgers } from '../providers/provider-ledgers.js';
import { SettleDifference, sideOf } from './settle-difference.js';

/** About so many attempts are compared at once: what bounds memory, and the time that one part takes. */
const ATTEMPTS_A_PART = 1_000;
const ROWS_AT_ONCE = 100;

export interface ReconcileOptions {
  /** Record what the provider is sure of. */
  readonly repair: boolean;
  /** Called with each difference that is left. */
  readonly onDifference: (difference: LedgerDifference) => void;
  /** Called after each page with the number of its payments. */
  readonly onPage?: (payments: number) => void;
}

export interface ReconciledPart {
  /** The next part begins here; the end of the period after the last one. */
  readonly until: Date;
  /** Attempts of ours that were made in this part. */
  readonly compared: number;
  readonly repaired: number;
}

interface Part extends ReconcileOptions {
  readonly provider: string;
  readonly ids: ReadonlySet<Id<'pay'>>;
  /** Those that no page has shown so far. */
  readonly unseen: Set<Id<'pay'>>;
  repaired: number;
}

/**
 * Compares our ledger with the provider's, both ways: each payment that the provider lists with our attempt, and each attempt that it has
 * not listed by asking about it, so that clocks need not agree. Nothing of the database is held while the provider is asked.
 */
@Injectable()
export class ReconcileLedgers {
  constructor(
    private readonly transactions: Transactions,
    private readonly ledgers: ProviderLedgers,
    private readonly settle: SettleDifference,
  ) {}

  /** Names of the providers whose ledgers can be compared. */
  get providers(): readonly string[] {
    return this.ledgers.names;
  }

  /**
   * Compares the beginning of the period: all of it, or about a thousand attempts. Repeating it does no harm.
   *
   * @throws {ProviderSilent} when the provider does not answer
   */
  async run(provider: string, period: Period, options: ReconcileOptions): Promise<ReconciledPart> {
    const { window, ids } = await this.transactions.read(async (db) => {
      const first = await firstPartOf(db, provider, period, ATTEMPTS_A_PART);
      return { window: first, ids: new Set(await attemptsIn(db, provider, first)) };
    });
    const part: Part = { ...options, provider, ids, unseen: new Set(ids), repaired: 0 };
    await this.comparePages(part, window);
    await this.askAboutUnseen(part);
    return { until: window.to, compared: ids.size, repaired: part.repaired };
  }

  private async comparePages(part: Part, window: Period): Promise<void> {
    const { provider, onPage } = part;
    for (let cursor: string | undefined; ;) {
      const askedAt = await this.transactions.read(databaseNow);
      const { entries, next } = await this.ledgers.list(provider, window, cursor);
      const rows = await this.transactions.read((db) => rowsOf(db, provider, entries, askedAt));
      const rowOfEntry = finder(rows);
      for (const entry of entries) await this.compare(part, entry, rowOfEntry(entry));
      onPage?.(entries.length);
      if (next === undefined) return;
      cursor = next;
    }
  }

  private async compare(part: Part, entry: LedgerEntry, here: LedgerRow | undefined): Promise<void> {
    const { provider, ids, unseen, onDifference } = part;
    const { reference, paymentId } = entry;
    if (here === undefined) {
      if (paymentId !== undefined) onDifference(missing(provider, paymentId, entry));
      return;
    }
    const there = { ...sideOf(entry.payment), reference };
    const isElsewhere = isOther(here, there);
    if (!isElsewhere) unseen.delete(here.paymentId);
    // An attempt of another part is compared there, unless it had ended without money: such a one is not asked about.
    const isCompared = ids.has(here.paymentId) || isElsewhere || hasEndedWithoutMoney(here);
    if (isCompared && differenceBetween(here, there) !== undefined) await this.lookClosely(part, here, reference);
    if (isElsewhere || here.status !== 'captured' || there.status !== 'captured') return;
    const refunds = refundsBetween(here, entry);
    if (refunds !== undefined) onDifference({ provider, ...refunds });
  }

  /** Made by another clock's second, never sent, or not there. */
  private async askAboutUnseen(part: Part): Promise<void> {
    const ids = [...part.unseen];
    for (let start = 0; start < ids.length; start += ROWS_AT_ONCE) {
      const about = ids.slice(start, start + ROWS_AT_ONCE).map((paymentId) => ({ paymentId, reference: '' }));
      const rows = await this.transactions.read((db) => rowsOf(db, part.provider, about, new Date()));
      for (const row of rows) if (differenceBetween(row, undefined) !== undefined) await this.lookClosely(part, row);
    }
  }

  private async lookClosely(part: Part, { paymentId }: LedgerRow, reference?: string): Promise<void> {
    const left = await this.settle.run({ provider: part.provider, paymentId, reference }, part.repair);
    if (left === 'repaired') part.repaired += 1;
    else if (left !== 'agree') part.onDifference(left);
  }
}

const hasEndedWithoutMoney = ({ status }: LedgerRow): boolean => !isLive(status) && status !== 'captured';

function finder(rows: readonly LedgerRow[]): (entry: LedgerEntry) => LedgerRow | undefined {
  const byId = new Map<string, LedgerRow>(rows.map((row) => [row.paymentId, row]));
  const byReference = new Map(rows.map((row) => [row.reference, row]));
  return ({ paymentId, reference }) => (paymentId === undefined ? byReference.get(reference) : byId.get(paymentId));
}

const missing = (provider: string, paymentId: Id<'pay'>, { reference, payment }: LedgerEntry): LedgerDifference => ({
  kind: 'attempt_missing',
  provider,
  paymentId,
  reference,
  here: undefined,
  there: sideText(sideOf(payment)),
});

/** Undefined where the sum that the provider has given back is one that the refunds here can have come to by then. */
function refundsBetween(
  here: LedgerRow,
  { reference, refunded }: LedgerEntry,
): Omit<LedgerDifference, 'provider'> | undefined {
  const { paymentId, refundedMin, refundedMax, amount } = here;
  if (refunded.amount >= refundedMin && refunded.amount <= refundedMax) return undefined;
  return {
    kind: 'refunds_differ',
    paymentId,
    reference,
    here: `refunded ${refundedMin} ${amount.currency}`,
    there: `refunded ${refunded.amount} ${refunded.currency}`,
  };
}
