/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { stateText, type OrderStates } from './order-states.js';
import { ANYWHERE, mayBegin, type Transition } from './transition.js';
import { TRANSITIONS } from './transitions.js';

type Row = Pick<Transition<never>, 'type' | 'from' | 'to'>;

const rows: readonly Row[] = Object.values(TRANSITIONS);
const { placed, ...others } = TRANSITIONS;

const nextBy = ({ to }: Row, states: OrderStates): OrderStates => ({ ...states, ...to });

function reachedStates(): OrderStates[] {
  const reached = new Map([[stateText(placed.to as OrderStates), placed.to as OrderStates]]);
  for (const states of reached.values()) {
    for (const row of rows.filter((each) => mayBegin(each, states))) {
      const next = nextBy(row, states);
      reached.set(stateText(next), next);
    }
  }
  return [...reached.values()];
}

/** Types of the events that lead out of this status, or change the states within it. */
const starting = (status: string) =>
  rows.filter(({ from }) => from.some((states) => states.status === status)).map(({ type }) => type);

describe('the table of transitions', () => {
  it('says when an order may be cancelled without money: unpaid, and no payment under way', () => {
    expect(TRANSITIONS.cancelled.from.map(stateText)).toEqual(['pending_payment none unfulfilled']);
  });

  it('has one row by which an order comes to be, and others that begin in states which are reached', () => {
    expect(rows.filter(({ from }) => from.length === 0)).toEqual([placed]);
    const reached = new Set(reachedStates().map(stateText));
    for (const { type, from } of Object.values<Row>(others)) {
      if (from === ANYWHERE) continue;
      expect([type, from.map(stateText).filter((states) => !reached.has(states))]).toEqual([type, []]);
    }
  });

  it('names each state once a row', () => {
    for (const { from } of rows) expect(new Set(from.map(stateText)).size).toBe(from.length);
  });

  it('leads from one state to one other by events of one type; only confirmation (paid or promised), the end of a dispute, and of promised money that an order was given up with have several', () => {
    const several = new Set<string>();
    for (const states of reachedStates()) {
      for (const { type } of rows) {
        const targets = rows
          .filter((row) => row.type === type && mayBegin(row, states))
          .map((row) => nextBy(row, states));
        if (new Set(targets.map(stateText)).size > 1) several.add(type);
      }
    }
    expect([...several].toSorted()).toEqual(['order.cancelled', 'order.confirmed', 'order.dispute_closed']);
  });

  it('lets nothing happen to a cancelled order, and only money to an expired one; that a refund failed is noted on any', () => {
    expect(starting('cancelled')).toEqual(['order.refund_failed']);
    expect(new Set(starting('expired'))).toEqual(new Set(['order.confirmed', 'order.refund_failed']));
  });

  it('lets goods leave only for money that is there, promised or accepted, and never from an order on hold or given up', () => {
    for (const row of [TRANSITIONS.shipped, TRANSITIONS.partiallyShipped]) {
      expect(new Set(row.from.map(({ status }) => status))).toEqual(new Set(['confirmed']));
      expect(new Set(row.from.map(({ payment }) => payment))).toEqual(
        new Set(['authorized', 'paid', 'partially_paid', 'partially_refunded']),
      );
    }
  });

  it('never gives up an order whose goods are with the buyer', () => {
    const away = reachedStates().filter(({ fulfilment }) => fulfilment !== 'unfulfilled' && fulfilment !== 'returned');
    expect(away.length).toBeGreaterThan(0);
    const ended = away.filter(({ status }) => status === 'cancelling' || status === 'cancelled');
    expect(ended.map(stateText)).toEqual([]);
  });

  it('lets money change the payment of an order alone, wherever its goods are', () => {
    const money = rows.filter(({ to }) => to.payment !== undefined && to.status === undefined);
    const types = new Set(money.map(({ type }) => type));
    for (const type of ['order.partially_refunded', 'order.refunded', 'order.paid', 'order.disputed']) {
      expect(types).toContain(type);
      const statuses = money.filter((row) => row.type === type).flatMap(({ from }) => from.map(({ status }) => status));
      expect(statuses).toEqual(expect.arrayContaining(['confirmed', 'on_hold', 'shipped', 'delivered']));
    }
  });
});
