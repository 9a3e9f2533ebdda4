/** @servers none */
import { describe, expect, it } from '@jest/globals';
import { events } from '#contracts';
import {
  RETURN_STATUSES,
  RETURN_TRANSITIONS,
  SHIPMENT_STATUSES,
  SHIPMENT_TRANSITIONS,
  type ReturnStatus,
  type ShipmentStatus,
} from './transitions.js';

interface Row {
  readonly type: string;
  readonly from: ShipmentStatus | ReturnStatus | null;
  readonly to: ShipmentStatus | ReturnStatus;
}

const machines = [
  ['shipments', SHIPMENT_STATUSES, Object.values<Row>(SHIPMENT_TRANSITIONS)],
  ['returns', RETURN_STATUSES, Object.values<Row>(RETURN_TRANSITIONS)],
] as const;

describe.each(machines)('the table of %s', (_name, statuses, rows) => {
  it('reaches every state from the beginning, in one way', () => {
    expect(rows.map(({ to }) => to).toSorted()).toEqual([...statuses].toSorted());
    expect(rows.filter(({ from }) => from === null)).toHaveLength(1);
  });

  it('publishes an event for each of its rows', () => {
    const published = events.filter(({ source }) => source === 'fulfilment').map(({ type }) => type);
    for (const { type } of rows) expect(published).toContain(`${type}.v1`);
  });
});
