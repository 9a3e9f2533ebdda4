import { z } from 'zod';
import { currencySchema, idSchema, moneySchema } from '#kernel';
import { defineEvent } from '#messaging';

const ORDER = 'order_01h2xcejqtf2nbrexx3vqjhp41';
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const PAYMENT = 'pay_01h2xcejqtf2nbrexx3vqjhp41';

export const PaymentCaptured = defineEvent({
  type: 'payment.captured.v1',
  source: 'payment',
  description: 'The provider has taken the money of a payment attempt.',
  schema: z.object({
    paymentId: idSchema('pay'),
    orderId: idSchema('order'),
    amount: moneySchema,
    provider: z.string().min(1),
  }),
  example: { paymentId: PAYMENT, orderId: ORDER, amount: eur(3998), provider: 'sandbox' },
  queues: ['order.payment-captured'],
});

export const PaymentAuthorized = defineEvent({
  type: 'payment.authorized.v1',
  source: 'payment',
  description: 'The money of a payment attempt is promised; it is captured later.',
  schema: z.object({
    paymentId: idSchema('pay'),
    orderId: idSchema('order'),
    amount: moneySchema,
    provider: z.string().min(1),
  }),
  example: { paymentId: PAYMENT, orderId: ORDER, amount: eur(3998), provider: 'stripe' },
  queues: ['order.payment-authorized'],
});

export const PaymentVoided = defineEvent({
  type: 'payment.voided.v1',
  source: 'payment',
  description: 'The promised money of a payment attempt was given up; none was taken.',
  schema: z.object({ paymentId: idSchema('pay'), orderId: idSchema('order') }),
  example: { paymentId: PAYMENT, orderId: ORDER },
  queues: ['order.payment-voided'],
});

export const PaymentDeclined = defineEvent({
  type: 'payment.declined.v1',
  source: 'payment',
  description: 'The provider refused a payment attempt; no money moved.',
  schema: z.object({
    paymentId: idSchema('pay'),
    orderId: idSchema('order'),
    declineCode: z.string().min(1),
    currency: currencySchema,
  }),
  example: { paymentId: PAYMENT, orderId: ORDER, declineCode: 'card_declined', currency: 'EUR' },
  queues: [],
});

const REFUND = 'rfd_01h2xcejqtf2nbrexx3vqjhp41';

const refunded = z.object({
  refundId: idSchema('rfd'),
  paymentId: idSchema('pay'),
  orderId: idSchema('order'),
  amount: moneySchema,
  refundedTotal: moneySchema.describe('All that has been given back of the payment, this refund included.'),
  remaining: moneySchema.optional().describe('What is left of the payment. Absent in messages of earlier releases.'),
  isFull: z.boolean().describe('Whether nothing is left of the payment.'),
});

const refundedExample = {
  refundId: REFUND,
  paymentId: PAYMENT,
  orderId: ORDER,
  amount: eur(3998),
  refundedTotal: eur(3998),
  remaining: eur(0),
  isFull: true,
};

export const PaymentRefunded = defineEvent({
  type: 'payment.refunded.v1',
  source: 'payment.refund',
  description: 'The provider has given money of a payment back.',
  schema: refunded,
  example: refundedExample,
  queues: ['order.payment-refunded'],
});

export const PaymentLateRefunded = defineEvent({
  type: 'payment.late_refunded.v1',
  source: 'payment.refund',
  description: 'Money that fitted no order has been given back by itself. Follows payment.refunded.v1.',
  schema: refunded.extend({ cause: z.enum(['order_ended', 'second_payment', 'wrong_amount', 'order_not_found']) }),
  example: { ...refundedExample, cause: 'order_ended' },
  queues: [],
});

export const PaymentRefundFailed = defineEvent({
  type: 'payment.refund_failed.v1',
  source: 'payment.refund',
  description: 'The provider refuses to give money back. A person must see to it.',
  schema: z.object({
    refundId: idSchema('rfd'),
    paymentId: idSchema('pay'),
    orderId: idSchema('order'),
    amount: moneySchema,
    reason: z.string().min(1),
  }),
  example: { refundId: REFUND, paymentId: PAYMENT, orderId: ORDER, amount: eur(3998), reason: 'refused_by_bank' },
  queues: ['order.payment-refund-failed'],
});

export const PaymentDisputed = defineEvent({
  type: 'payment.disputed.v1',
  source: 'payment.dispute',
  description: 'The buyer’s bank asks for money of a payment back, or has decided about that.',
  schema: z.object({
    disputeId: idSchema('dsp'),
    paymentId: idSchema('pay'),
    orderId: idSchema('order'),
    status: z.enum(['open', 'won', 'lost']).describe('`won`: the shop keeps the money.'),
    remaining: moneySchema.describe('What is left of the payment after its refunds; of a lost one, nothing.'),
  }),
  example: {
    disputeId: 'dsp_01h2xcejqtf2nbrexx3vqjhp41',
    paymentId: PAYMENT,
    orderId: ORDER,
    status: 'open',
    remaining: eur(3998),
  },
  queues: ['order.payment-disputed'],
});
