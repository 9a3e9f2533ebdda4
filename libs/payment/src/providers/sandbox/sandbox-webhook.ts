import { z } from 'zod';
import { idSchema, moneySchema } from '#kernel';
import type { ProviderPayment, ProviderRefund } from '../provider-answers.js';
import {
  InvalidWebhookSignature,
  type ProviderEvent,
  type ProviderFact,
  type WebhookRequest,
} from '../provider-events.js';
import { verifiedId } from './standard-webhooks.js';

const reference = z.string().min(1).max(200);
const reason = z.string().min(1).max(200);

const paymentSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('requires_action'),
    reference,
    nextAction: z.object({ type: z.literal('redirect'), url: z.url() }),
  }),
  z.object({ status: z.enum(['processing', 'voided']), reference }),
  z.object({ status: z.enum(['authorized', 'captured']), reference, amount: moneySchema }),
  z.object({ status: z.literal('declined'), reference, declineCode: reason }),
  z.object({ status: z.literal('failed'), reference: reference.optional(), reason }),
]) satisfies z.ZodType<ProviderPayment>;

const refundSchema = z.discriminatedUnion('status', [
  z.object({ status: z.enum(['submitted', 'succeeded']), reference }),
  z.object({ status: z.literal('failed'), reference: reference.optional(), reason, retryable: z.boolean() }),
]) satisfies z.ZodType<ProviderRefund>;

const event = z.object({ type: z.string().min(1).max(200), data: z.unknown() });
const paymentData = z.object({ paymentId: idSchema('pay'), payment: paymentSchema });
const refundData = z.object({
  refundId: idSchema('rfd').optional(),
  paymentReference: reference,
  amount: moneySchema,
  refund: refundSchema,
});

const disputeData = z.object({
  disputeReference: reference,
  paymentReference: reference,
  status: z.enum(['open', 'won', 'lost']),
});

/** @throws {InvalidWebhookSignature} also for signed bytes that are no event */
export function readSandboxWebhook(request: WebhookRequest, secrets: readonly string[], now: Date): ProviderEvent {
  const id = verifiedId(request, secrets, now);
  const parsed = event.safeParse(jsonOf(request.rawBody));
  if (!parsed.success) throw new InvalidWebhookSignature('the body is no event');
  const { type, data } = parsed.data;
  return { id, type, fact: factOf(data) };
}

function factOf(data: unknown): ProviderFact | undefined {
  const payment = paymentData.safeParse(data);
  if (payment.success) return { about: 'payment', ...payment.data };
  const refund = refundData.safeParse(data);
  if (refund.success) return { about: 'refund', refundId: undefined, ...refund.data };
  const dispute = disputeData.safeParse(data);
  return dispute.success ? { about: 'dispute', ...dispute.data } : undefined;
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined; // The schema reports it.
  }
}
