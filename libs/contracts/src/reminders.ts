import { z } from 'zod';
import { idSchema } from '#kernel';
import { defineEvent } from '#messaging';
import { eventLines } from './event-lines.js';

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

export const SandboxTaskDue = defineEvent({
  type: 'payment.sandbox_task_due.v1',
  source: 'payment.sandbox',
  description: 'The built-in provider does something by itself: ends a payment that was under way, or sends a webhook.',
  schema: z.discriminatedUnion('task', [
    z.object({ task: z.literal('settle'), reference: z.string().min(1).max(200) }),
    z.object({
      task: z.literal('deliver'),
      webhookId: z.string().min(1).max(200),
      tries: z.int().min(0),
    }),
  ]),
  example: { task: 'settle', reference: 'sbx_0f8fad5bd9cb469fa16570867728950e' },
  queues: ['payment.sandbox-task-due'],
  internal: true,
});

export const SandboxDisputeDue = defineEvent({
  type: 'payment.sandbox_dispute_due.v1',
  source: 'payment.sandbox',
  description: 'The built-in provider disputes a payment, or decides a dispute.',
  schema: z.object({ reference: z.string().min(1).max(200), status: z.enum(['open', 'won', 'lost']) }),
  example: { reference: 'sbx_0f8fad5bd9cb469fa16570867728950e', status: 'open' },
  queues: ['payment.sandbox-dispute-due'],
  internal: true,
});

export const PaymentWebhookReceived = defineEvent({
  type: 'payment.webhook_received.v1',
  source: 'payment.webhook',
  description: 'A provider has sent a signed webhook. It is stored, and is to be applied.',
  schema: z.object({ provider: z.string().min(1).max(50), eventId: z.string().min(1).max(200) }),
  example: { provider: 'sandbox', eventId: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W' },
  queues: ['payment.webhook-received'],
  internal: true,
});

export const RefundDue = defineEvent({
  type: 'payment.refund_due.v1',
  source: 'payment.reminder',
  description: 'A refund is to be sent to the provider, or it is to be asked what became of it.',
  schema: z.object({ refundId: idSchema('rfd'), attempt: z.int().min(1) }),
  example: { refundId: 'rfd_01h2xcejqtf2nbrexx3vqjhp41', attempt: 1 },
  queues: ['payment.refund-due'],
  internal: true,
});

export const ShortPaymentDue = defineEvent({
  type: 'order.short_payment_due.v1',
  source: 'order.short_payment',
  description:
    'An order was paid less than its total. Unless staff have accepted that, it is cancelled and the money given back.',
  schema: z.object({ orderId: idSchema('order') }),
  example: { orderId: 'order_01h2xcejqtf2nbrexx3vqjhp41' },
  queues: ['order.short-payment-due'],
  internal: true,
});

export const CancellingDue = defineEvent({
  type: 'order.cancelling_due.v1',
  source: 'order.cancelling',
  description:
    'An order is given up and waits until its money is given back. Unless that has happened, it is looked at how far that is.',
  schema: z.object({ orderId: idSchema('order') }),
  example: { orderId: 'order_01h2xcejqtf2nbrexx3vqjhp41' },
  queues: ['order.cancelling-due'],
  internal: true,
});

export const ShortageDue = defineEvent({
  type: 'order.shortage_due.v1',
  source: 'order.shortage',
  description:
    'Goods of an order were missing while its payment was under way. When the outcome is known, the order is stopped or has ended.',
  schema: z.object({ orderId: idSchema('order'), lines: eventLines, movementId: idSchema('mov') }),
  example: {
    orderId: 'order_01h2xcejqtf2nbrexx3vqjhp41',
    lines: [{ sku: 'MUG-BLUE', quantity: 2 }],
    movementId: 'mov_01h2xcejqtf2nbrexx3vqjhp41',
  },
  queues: ['order.shortage-due'],
  internal: true,
});

export const PaymentActionDue = defineEvent({
  type: 'payment.action_due.v1',
  source: 'payment.action',
  description: 'An authorized payment is to be captured or voided at the provider.',
  schema: z.object({ paymentId: idSchema('pay'), attempt: z.int().min(1) }),
  example: { paymentId: 'pay_01h2xcejqtf2nbrexx3vqjhp41', attempt: 1 },
  queues: ['payment.action-due'],
  internal: true,
});

const progress = z.int().min(0);

export const ReconciliationDue = defineEvent({
  type: 'payment.reconciliation_due.v1',
  source: 'payment.reminder',
  description:
    'A period is over, or a part of it was compared: the next part of a provider’s ledger is to be compared.',
  schema: z.object({
    provider: z.string().min(1).max(50),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** Where the next part begins, with what was found before it. */
    next: z.iso.datetime(),
    compared: progress,
    repaired: progress,
    left: z.record(z.string().min(1).max(50), progress),
  }),
  example: {
    provider: 'sandbox',
    from: '2026-03-01T00:00:00Z',
    to: '2026-03-02T00:00:00Z',
    next: '2026-03-01T07:12:31Z',
    compared: 1_000,
    repaired: 1,
    left: { amounts_differ: 2 },
  },
  queues: ['payment.reconciliation-due'],
  internal: true,
});
