import { z } from 'zod';
import { pageOf } from '#http';
import { idSchema } from '#kernel';
import { FULFILMENT_STATUSES, ORDER_STATUSES, PAYMENT_STATUSES } from '../domain/order-states.js';
import { emailSchema } from './email.schema.js';
import { OrderCursor, OrderView } from './order.schemas.js';

/** Several of these: separated by commas, or the parameter more than once. */
const anyOf = <Value extends string>(values: readonly [Value, ...Value[]]) =>
  z
    .union([z.string().max(500), z.array(z.string().max(500)).max(20)])
    .transform((given) => [...new Set([given].flat().flatMap((text) => text.split(',')))])
    .pipe(z.array(z.enum(values)).min(1))
    .optional()
    .meta({ description: `One of, or several, separated by commas: ${values.join(', ')}.`, example: values[0] });

const time = (description: string) =>
  z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional()
    .meta({ description, example: '2026-01-31T00:00:00Z' });

export const OrderSearchQuery = OrderCursor.extend({
  status: anyOf(ORDER_STATUSES),
  paymentStatus: anyOf(PAYMENT_STATUSES),
  fulfilmentStatus: anyOf(FULFILMENT_STATUSES),
  number: z.string().min(1).max(20).optional().meta({ example: '100001' }),
  sku: z.string().min(1).max(64).optional().meta({ description: 'Orders with a line of it.', example: 'MUG-BLUE' }),
  email: emailSchema.optional().meta({ description: 'The whole address; case does not count.' }),
  placedFrom: time('Placed then or later.'),
  placedTo: time('Placed before.'),
});
export type OrderSearchQuery = z.infer<typeof OrderSearchQuery>;

export const StaffOrderView = OrderView.extend({
  customerId: z
    .string()
    .nullable()
    .meta({ description: 'At the identity provider; null for a guest.', example: 'ada' }),
  paymentId: idSchema('pay').nullable().meta({ description: 'The attempt whose money it has.' }),
  lastSeq: z.int().meta({ description: '`seq` of its latest event.', example: 3 }),
}).meta({ id: 'StaffOrder' });

export const StaffOrderPage = pageOf(StaffOrderView).meta({ id: 'StaffOrderPage' });
