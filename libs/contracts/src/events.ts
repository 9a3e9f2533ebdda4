import type { EventDefinition } from '#messaging';
import * as fulfilment from './fulfilment-events.js';
import * as orders from './order-events.js';
import * as payments from './payment-events.js';
import * as reminders from './reminders.js';
import * as stock from './stock-events.js';

/** Every event there is: the topology, the validation of what arrives and the documents are made from this list. */
export const events: readonly EventDefinition[] = [
  ...Object.values(orders),
  ...Object.values(payments),
  ...Object.values(stock),
  ...Object.values(fulfilment),
  ...Object.values(reminders),
];
