import { z } from 'zod';
import { idSchema } from '#kernel';
import { defineEvent } from '#messaging';

/** What a module tells itself later, by `Schedule`. Not for others, and not in the documents. */
export const HoldExpiryDue = defineEvent({
  type: 'order.hold_due.v1',
  source: 'order.reminder',
  description: 'The stock of an order was held until now. Unless that has changed, the order is over.',
  schema: z.object({ orderId: idSchema('order') }),
  example: { orderId: 'order_01h2xcejqtf2nbrexx3vqjhp41' },
  queues: ['order.hold-due'],
  internal: true,
});

export const PaymentStatusCheckDue = defineEvent({
  type: 'payment.query_due.v1',
  source: 'payment.reminder',
  description:
    'The outcome of a payment attempt was not known until now. Unless that has changed, the provider is asked.',
  schema: z.object({ paymentId: idSchema('pay'), question: z.int().min(1) }),
  example: { paymentId: 'pay_01h2xcejqtf2nbrexx3vqjhp41', question: 1 },
  queues: ['payment.query-due'],
  internal: true,
});
