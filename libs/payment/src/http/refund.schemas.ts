import { z } from 'zod';
import { idSchema, moneySchema } from '#kernel';
import { REFUND_STATUSES } from '../domain/refund-status.js';
import type { Refund } from '../persistence/refund.entity.js';

export const RefundBody = z
  .strictObject({
    amount: moneySchema
      .refine(({ amount }) => amount > 0, { error: 'must be more than 0', path: ['amount'] })
      .optional()
      .meta({ description: 'Without it, all that is left of the payment.' }),
    reason: z.string().min(1).max(200).meta({ example: 'the mug arrived broken' }),
  })
  .meta({ id: 'RefundOrder' });
export type RefundBody = z.infer<typeof RefundBody>;

export const RefundView = z
  .object({
    id: idSchema('rfd'),
    orderId: idSchema('order'),
    paymentId: idSchema('pay'),
    status: z.enum(REFUND_STATUSES).meta({
      description:
        '`requested`: it is sent a moment later. `failed`: the provider refuses it, and a person must see to it.',
    }),
    amount: moneySchema,
    reason: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Refund' });
export type RefundView = z.infer<typeof RefundView>;

export function refundView({ id, orderId, paymentId, status, money, reason, createdAt }: Refund): RefundView {
  return { id, orderId, paymentId, status, amount: money, reason, createdAt: createdAt.toISOString() };
}
