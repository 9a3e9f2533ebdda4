/** Objects as Stripe's API writes them, as far as anybody here reads them. */
export interface Intent {
  readonly id: string;
  readonly object: 'payment_intent';
  /** In seconds. */
  created: number;
  status: 'requires_payment_method' | 'requires_action' | 'processing' | 'requires_capture' | 'succeeded' | 'canceled';
  readonly amount: number;
  amount_received: number;
  amount_capturable: number;
  readonly currency: string;
  readonly capture_method: string;
  readonly client_secret: string;
  readonly metadata: Readonly<Record<string, string>>;
  last_payment_error: { readonly code: string; readonly decline_code?: string } | null;
  next_action: Readonly<Record<string, unknown>> | null;
}

export interface Refund {
  readonly id: string;
  readonly object: 'refund';
  readonly amount: number;
  readonly currency: string;
  readonly payment_intent: string;
  readonly metadata: Readonly<Record<string, string>>;
  status: 'pending' | 'succeeded' | 'failed';
  failure_reason?: string;
}

/** A refusal as Stripe's API writes it. */
export class StripeRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(String(body['code'] ?? body['type']));
  }
}

export const invalidRequest = (code: string, status = 400): StripeRefusal =>
  new StripeRefusal(status, { type: 'invalid_request_error', code, message: code });
