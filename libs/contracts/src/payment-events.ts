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
