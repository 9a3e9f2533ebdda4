import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import type { Id } from '#kernel';
import {
  differenceBetween,
  isRepairable,
  sideText,
  type LedgerDifference,
  type LedgerSide,
} from '../domain/ledger-difference.js';
import { isUnsettled } from '../domain/payment-status.js';
import { rowOf, type LedgerRow } from '../persistence/ledger-rows.js';
import type { ProviderPayment } from '../providers/provider-answers.js';
import { ProviderCalls, type Outcome } from '../providers/provider-calls.js';
import { ProviderSilent } from '../providers/provider-ledgers.js';
import { RecordOutcomes } from './record-outcomes.js';

interface Suspect {
  readonly provider: string;
  readonly paymentId: Id<'pay'>;
  /** The provider's id of the payment to ask about, where it is known. */
  readonly reference?: string | undefined;
}

/** `amount` only where something was taken or promised. */
export const sideOf = (payment: ProviderPayment): LedgerSide => ({
  status: payment.status,
  reference: payment.reference,
  amount: 'amount' in payment ? payment.amount : undefined,
});

/**
 * Looks closely at an attempt whose two sides seemed to differ: pages are older than what was recorded since. The provider is asked about
 * this one payment, and with `repair` its answer is recorded as a status check would record it.
 */
@Injectable()
export class SettleDifference {
  private readonly logger = new Logger(SettleDifference.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly calls: ProviderCalls,
    private readonly record: RecordOutcomes,
  ) {}

  /**
   * Returns what is left of the difference.
   *
   * @throws {ProviderSilent} when the provider does not say
   */
  async run(suspect: Suspect, repair: boolean): Promise<LedgerDifference | 'agree' | 'repaired'> {
    const here = await this.row(suspect);
    const reference = suspect.reference ?? here.reference ?? undefined;
    const outcome = await this.calls.status({ ...suspect, reference });
    if (outcome?.status === 'unknown') throw new ProviderSilent(suspect.provider);
    const there = outcome && sideOf(outcome);
    const kind = differenceBetween(here, there);
    if (kind === undefined) return 'agree';
    const after = repair ? await this.repaired(suspect, here, outcome) : here;
    if (differenceBetween(after, there) === undefined) {
      this.logger.log({ msg: 'recorded what only the provider knew', ...suspect, kind, status: after.status });
      return 'repaired';
    }
    const { provider, paymentId } = suspect;
    const seen = there?.reference ?? reference;
    return { kind, provider, paymentId, reference: seen, here: hereText(after), there: there && sideText(there) };
  }

  /** An attempt that the provider has not seen is handed to its status checks, which send it again or end it. */
  private async repaired(
    suspect: Suspect,
    here: LedgerRow,
    found: Exclude<Outcome, { status: 'unknown' }> | undefined,
  ): Promise<LedgerRow> {
    const outcome = outcomeToRecord(here, found);
    if (outcome !== undefined) await this.transactions.run((tx) => this.record.run(tx, [outcome]));
    return this.row(suspect);
  }

  private async row({ provider, paymentId }: Suspect): Promise<LedgerRow> {
    const row = await this.transactions.read((db) => rowOf(db, provider, paymentId));
    if (row === undefined) throw new Error(`The attempt ${paymentId} is not there any more.`);
    return row;
  }
}

function outcomeToRecord(here: LedgerRow, found: Exclude<Outcome, { status: 'unknown' }> | undefined) {
  if (found === undefined) {
    return isUnsettled(here.status) ? { paymentId: here.paymentId, status: 'unknown' as const } : undefined;
  }
  return isRepairable(here, sideOf(found)) ? found : undefined;
}

/** A sum stands only beside a state that has one. */
const hereText = ({ status, amount }: LedgerRow): string =>
  sideText({ status, amount: status === 'captured' || status === 'authorized' ? amount : undefined });
