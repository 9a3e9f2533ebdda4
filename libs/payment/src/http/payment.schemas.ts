import { z } from 'zod';
import { idParam } from '#http';
import { idSchema, moneySchema } from '#kernel';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import { PAYMENT_STATUSES } from '../domain/payment-status.js';

export const OrderParams = z.strictObject({ orderId: idParam('order') });
export type OrderParams = z.infer<typeof OrderParams>;

export const PaymentParams = OrderParams.extend({ paymentId: idParam('pay') });
export type PaymentParams = z.infer<typeof PaymentParams>;

export const PayOrderBody = z
  .strictObject({
    method: z.strictObject({
      type: z.literal('card'),
      token: z
        .string()
        .regex(/^(?:tok|pm)_[A-Za-z0-9_]{1,120}$/, {
          error: 'must be a token of the payment provider that starts with tok_ or pm_',
        })
        .meta({
          description: 'Stands for a card; made by the provider in the browser. A card number is never accepted.',
          example: 'tok_success',
        }),
    }),
    returnUrl: z
      .url({ protocol: /^https?$/ })
      .max(2_000)
      .optional()
      .meta({ description: 'Where the buyer comes back to when the provider asks them for a step of their own.' }),
  })
  .meta({ id: 'PayOrder' });
export type PayOrderBody = z.infer<typeof PayOrderBody>;

const NextActionView = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('redirect'), url: z.url() }).meta({ description: 'Send the buyer’s browser there.' }),
    z
      .object({ type: z.literal('client'), clientSecret: z.string() })
      .meta({ description: 'Give the secret to the provider’s script in the buyer’s browser.' }),
  ])
  .meta({ description: 'Only while the buyer has a step to do, such as 3-D Secure.' });

export const PaymentView = z
  .object({
    id: idSchema('pay'),
    orderId: idSchema('order'),
    status: z.enum(PAYMENT_STATUSES).meta({
      description:
        '`unknown`: the provider’s answer was lost, and it is being asked. `processing`: the provider tells the outcome later. Read the ' +
        'payment again until it is another. `requires_action`: do what `nextAction` says.',
    }),
    amount: moneySchema,
    provider: z.string().meta({ example: 'sandbox' }),
    nextAction: NextActionView.optional(),
    declineCode: z.string().optional().meta({ description: 'Only of a declined one.', example: 'card_declined' }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.infer<typeof PaymentView>;

export const PaymentsView = z.object({ data: z.array(PaymentView) }).meta({ id: 'Payments' });

export function paymentView(attempt: PaymentAttempt): PaymentView {
  const { id, orderId, status, money, provider, nextAction, declineCode, createdAt, updatedAt } = attempt;
  return {
    id,
    orderId,
    status,
    amount: money,
    provider,
    ...(nextAction !== null && { nextAction }),
    ...(declineCode !== null && { declineCode }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
