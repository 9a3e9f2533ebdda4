/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { TRANSITIONS } from './transitions.js';
import { FULFILMENT_STATUSES, ORDER_STATUSES, PAYMENT_STATUSES } from './order-states.js';

type Axis = 'status' | 'payment' | 'fulfilment';
interface Row extends Record<Axis, { readonly from: readonly string[]; readonly to: string | undefined }> {
  readonly type: string;
}

const rows: readonly Row[] = Object.values(TRANSITIONS);
const { placed, ...others } = TRANSITIONS;
const AXES: readonly [Axis, readonly string[]][] = [
  ['status', ORDER_STATUSES],
  ['payment', PAYMENT_STATUSES],
  ['fulfilment', FULFILMENT_STATUSES],
];

const begins = (row: Row, states: readonly string[]): boolean =>
  AXES.every(([axis], place) => row[axis].from.includes(states[place]!));

/** The states in which an order with these can be next, as `status payment fulfilment`. */
const nextOf = (states: readonly string[]): string[] =>
  rows.filter((row) => begins(row, states)).map((row) => nextBy(row, states));

const nextBy = (row: Row, states: readonly string[]): string =>
  AXES.map(([axis], place) => row[axis].to ?? states[place]).join(' ');

const first = AXES.map(([axis]) => TRANSITIONS.placed[axis].to).join(' ');

function reachedStates(): string[][] {
  const reached = new Set([first]);
  for (const states of reached) for (const next of nextOf(states.split(' '))) reached.add(next);
  return [...reached].map((states) => states.split(' '));
}

/** Types of the events that lead out of this state. */
const starting = (status: string) => rows.filter((row) => row.status.from.includes(status)).map(({ type }) => type);

describe('the table of transitions', () => {
  it('says when an order may be cancelled: unpaid, and no payment under way', () => {
    expect(TRANSITIONS.cancelled.status.from).toEqual(['pending_payment']);
    expect(TRANSITIONS.cancelled.payment.from).toEqual(['none']);
  });

  it('has one row by which an order comes to be, and others that begin in states which are reached', () => {
    expect(placed).toMatchObject({ status: { from: [] }, payment: { from: [] }, fulfilment: { from: [] } });
    const reached = new Set(reachedStates().map((states) => states.join(' ')));
    for (const row of Object.values<Row>(others)) {
      const { type, status, payment, fulfilment } = row;
      if (AXES.every(([axis]) => row[axis].to === undefined)) continue;
      const starts = status.from.flatMap((a) =>
        payment.from.flatMap((b) => fulfilment.from.map((c) => `${a} ${b} ${c}`)),
      );
      expect([type, starts.filter((states) => !reached.has(states))]).toEqual([type, []]);
    }
  });

  it('leads from one state to one other by events of one type; only confirmation (paid or promised) and the end of a dispute have several', () => {
    const several = new Set<string>();
    for (const states of reachedStates()) {
      for (const { type } of rows) {
        const targets = rows
          .filter((row) => row.type === type && begins(row, states))
          .map((row) => nextBy(row, states));
        if (new Set(targets).size > 1) several.add(type);
      }
    }
    expect([...several]).toEqual(['order.confirmed', 'order.dispute_closed']);
  });

  it('lets only money, or its loss, change a confirmed order so far, nothing a cancelled one, and only money an expired one; that a refund failed is noted on any', () => {
    expect(new Set(starting('confirmed'))).toEqual(
      new Set([
        'order.partially_refunded',
        'order.refunded',
        'order.refund_failed',
        'order.paid',
        'order.partially_paid',
        'order.cancelled',
        'order.disputed',
        'order.dispute_closed',
      ]),
    );
    expect(starting('cancelled')).toEqual(['order.refund_failed']);
    expect(starting('expired')).toEqual(['order.confirmed', 'order.refund_failed']);
  });
});
