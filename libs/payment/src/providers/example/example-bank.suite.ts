import { randomUUID } from 'node:crypto';

export interface BankPayment {
  readonly id: string;
  readonly key: string;
  readonly cents: number;
  readonly currency: string;
  readonly isReservedOnly: boolean;
  readonly at: Date;
  state: 'asks_buyer' | 'pending' | 'reserved' | 'paid' | 'cancelled' | 'refused';
}

export interface BankRefund {
  readonly id: string;
  readonly key: string;
  readonly paymentId: string;
  readonly cents: number;
}

/** What the bank tells of a change. */
export interface BankNotice {
  readonly id: string;
  readonly payment: BankPayment;
  readonly refund?: BankRefund;
}

const PAGE_MAX = 50;

const FIRST_STATE: Readonly<Record<string, BankPayment['state']>> = {
  good: 'paid',
  bad: 'refused',
  asks: 'asks_buyer',
  slow: 'pending',
};

/** The other side of the example: a bank with words and a ledger of its own. */
export class ExampleBank {
  readonly payments = new Map<string, BankPayment>();
  readonly refunds = new Map<string, BankRefund>();
  readonly notices: BankNotice[] = [];
  isNextAnswerLost = false;

  order(
    order: Pick<BankPayment, 'key' | 'cents' | 'currency' | 'isReservedOnly'> & { readonly card: string },
  ): BankPayment | undefined {
    const { card, ...members } = order;
    const known = this.payments.get(order.key);
    if (known !== undefined && known.cents !== order.cents)
      throw new Error('The bank knows this key with another amount.');
    if (known !== undefined) return known;
    const payment: BankPayment = { id: `bank_${randomUUID()}`, ...members, at: new Date(), state: 'pending' };
    this.payments.set(order.key, payment);
    this.move(payment, FIRST_STATE[card] ?? 'refused');
    const isLost = this.isNextAnswerLost;
    this.isNextAnswerLost = false;
    return isLost ? undefined : payment;
  }

  byId(id: string): BankPayment {
    const payment = [...this.payments.values()].find((each) => each.id === id);
    if (payment === undefined) throw new Error(`The bank has no payment ${id}.`);
    return payment;
  }

  /** The bank's own rules: what is paid, refused or cancelled stays so. */
  move(payment: BankPayment, to: BankPayment['state']): BankPayment {
    if (['paid', 'refused', 'cancelled'].includes(payment.state)) return payment;
    payment.state = to === 'paid' && payment.isReservedOnly && payment.state !== 'reserved' ? 'reserved' : to;
    this.notices.push({ id: `notice_${randomUUID()}`, payment: { ...payment } });
    return payment;
  }

  /** Undefined when it would be more than was paid. */
  giveBack(refund: Omit<BankRefund, 'id'>): BankRefund | undefined {
    const known = this.refunds.get(refund.key);
    if (known !== undefined) return known;
    const payment = this.byId(refund.paymentId);
    if (payment.state !== 'paid' || this.refundedOf(payment.id) + refund.cents > payment.cents) return undefined;
    const booked = { id: `back_${randomUUID()}`, ...refund };
    this.refunds.set(refund.key, booked);
    this.notices.push({ id: `notice_${randomUUID()}`, payment, refund: booked });
    return booked;
  }

  /** Payments of a time, from the n-th one on; `next` is where the next page begins. */
  statement(from: Date, to: Date, first: number): { payments: readonly BankPayment[]; next: string | undefined } {
    const all = [...this.payments.values()].filter(({ at }) => at >= from && at < to);
    const end = first + PAGE_MAX;
    return { payments: all.slice(first, end), next: end < all.length ? String(end) : undefined };
  }

  refundedOf(paymentId: string): number {
    const refunds = [...this.refunds.values()].filter((refund) => refund.paymentId === paymentId);
    return refunds.reduce((sum, { cents }) => sum + cents, 0);
  }
}
