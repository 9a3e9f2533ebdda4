import { z } from 'zod';
import { idParam, pageOf, pageQuery } from '#http';
import { idSchema, moneySchema } from '#kernel';
import { PAYMENT_STATUSES } from '../domain/payment-status.js';
import { REFUND_STATUSES } from '../domain/refund-status.js';
import type { Dispute } from '../persistence/dispute.entity.js';
import type { PaymentDetails } from '../persistence/list-payments.js';
import type { PaymentAttempt } from '../persistence/payment-attempt.entity.js';
import type { Refund } from '../persistence/refund.entity.js';
import { WEBHOOK_STATUSES, type StoredWebhook } from '../persistence/stored-webhooks.js';
import { paymentView, PaymentView } from './payment.schemas.js';
import { refundView, RefundView } from './refund.schemas.js';

export const ReasonBody = z.strictObject({ reason: z.string().min(1).max(200) }).meta({ id: 'Reason' });
export type ReasonBody = z.infer<typeof ReasonBody>;

export const StaffPaymentParams = z.strictObject({ paymentId: idParam('pay') });
export type StaffPaymentParams = z.infer<typeof StaffPaymentParams>;

export const RefundParams = z.strictObject({ refundId: idParam('rfd') });
export type RefundParams = z.infer<typeof RefundParams>;

export const WebhookNumber = z.strictObject({
  number: z.coerce
    .number<string>()
    .int()
    .min(1)
    .max(2 ** 53 - 1),
});
export type WebhookNumber = z.infer<typeof WebhookNumber>;

export const PaymentsQuery = pageQuery.extend({
  cursor: pageQuery.shape.cursor.pipe(idSchema('pay').optional()),
  status: z.enum(PAYMENT_STATUSES).optional(),
  review: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({
      description: 'Only payments that wait for a person, because the provider does not say what became of them.',
    }),
});
export type PaymentsQuery = z.infer<typeof PaymentsQuery>;

export const RefundsQuery = pageQuery.extend({
  cursor: pageQuery.shape.cursor.pipe(idSchema('rfd').optional()),
  status: z.enum(REFUND_STATUSES).optional().meta({ description: '`failed`: those that wait for a person.' }),
});
export type RefundsQuery = z.infer<typeof RefundsQuery>;

export const WebhooksQuery = pageQuery.extend({
  cursor: pageQuery.shape.cursor.pipe(z.coerce.number<string>().int().min(1).optional()),
  status: z.enum(WEBHOOK_STATUSES).optional().meta({ description: '`parked`: those that wait for a person.' }),
});
export type WebhooksQuery = z.infer<typeof WebhooksQuery>;

export const StaffPaymentView = PaymentView.extend({
  captured: moneySchema.nullable().meta({ description: 'What was taken. Null while nothing was.' }),
  providerReference: z.string().nullable().meta({ description: 'The provider’s own id.', example: 'pi_3PQ' }),
  requestedAction: z
    .enum(['capture', 'void'])
    .nullable()
    .meta({ description: 'What staff have asked for, of an authorized payment.' }),
  reviewSince: z.iso.datetime().nullable().meta({ description: 'Since then it waits for a person.' }),
}).meta({ id: 'StaffPayment' });

export const StaffRefundView = RefundView.extend({
  cause: z.string().meta({
    description: '`staff`, `returned`, `made_elsewhere`, `cancelled` (with its order), or why the money fits no order.',
    example: 'staff',
  }),
  requestedBy: z.string().meta({ example: 'staff:admin' }),
  lastError: z.string().nullable().meta({ description: 'What the provider said last, where it refused.' }),
}).meta({ id: 'StaffRefund' });

const DisputeView = z
  .object({
    id: idSchema('dsp'),
    status: z.enum(['open', 'won', 'lost']),
    openedAt: z.iso.datetime(),
    closedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Dispute' });

export const OrderPaymentsView = z
  .object({
    data: z.array(StaffPaymentView.extend({ refunds: z.array(StaffRefundView), disputes: z.array(DisputeView) })),
  })
  .meta({ id: 'OrderPayments' });

export const PaymentWebhookView = z
  .object({
    number: z.int(),
    provider: z.string().meta({ example: 'stripe' }),
    eventId: z.string().meta({ example: 'evt_1NG8Du2eZvKYlo2CUI79vXWy' }),
    type: z.string().meta({ example: 'payment_intent.succeeded' }),
    status: z.enum(WEBHOOK_STATUSES),
    reason: z.string().nullable().meta({ example: 'payment_not_found' }),
    receivedAt: z.iso.datetime(),
    settledAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PaymentWebhook' });

export const StaffPaymentPage = pageOf(StaffPaymentView).meta({ id: 'StaffPaymentPage' });
export const StaffRefundPage = pageOf(StaffRefundView).meta({ id: 'StaffRefundPage' });
export const PaymentWebhookPage = pageOf(PaymentWebhookView).meta({ id: 'PaymentWebhookPage' });

export function staffPaymentView(attempt: PaymentAttempt): z.infer<typeof StaffPaymentView> {
  const { captured, providerReference, requestedAction, reviewSince } = attempt;
  return {
    ...paymentView(attempt),
    captured,
    providerReference,
    requestedAction,
    reviewSince: reviewSince?.toISOString() ?? null,
  };
}

export function staffRefundView(refund: Refund): z.infer<typeof StaffRefundView> {
  const { cause, requestedBy, lastError } = refund;
  return { ...refundView(refund), cause, requestedBy, lastError };
}

const disputeView = ({ id, status, openedAt, closedAt }: Dispute): z.infer<typeof DisputeView> => {
  return { id, status, openedAt: openedAt.toISOString(), closedAt: closedAt?.toISOString() ?? null };
};

export const orderPaymentsView = (payments: readonly PaymentDetails[]): z.infer<typeof OrderPaymentsView> => ({
  data: payments.map(({ attempt, refunds, disputes }) =>
    Object.assign(staffPaymentView(attempt), {
      refunds: refunds.map(staffRefundView),
      disputes: disputes.map(disputeView),
    }),
  ),
});

export function paymentWebhookView({
  receivedAt,
  settledAt,
  ...event
}: StoredWebhook): z.infer<typeof PaymentWebhookView> {
  return { ...event, receivedAt: receivedAt.toISOString(), settledAt: settledAt?.toISOString() ?? null };
}
