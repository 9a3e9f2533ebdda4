/** How the API speaks of one kind of failure. */
export interface ProblemKind {
  readonly status: number;
  /** The same for every occurrence, as RFC 9457 asks. */
  readonly title: string;
  /** Shown on the page that `type` links to, where the title does not say enough. */
  readonly help?: string;
  /** Sent as Retry-After. Only where trying the same again can help. */
  readonly retryAfterSeconds?: number;
}

/** Every code that an answer can carry, sorted. A DomainError whose code is absent is answered as `internal_error`. */
export const statusByCode = {
  already_paid: { status: 409, title: 'Already paid' },
  bad_request: { status: 400, title: 'Request not understood' },
  below_reserved: { status: 409, title: 'Stock below what orders hold' },
  cart_already_ordered: {
    status: 409,
    title: 'Cart already ordered',
    help: 'A cart becomes one order. The member orderId names it.',
  },
  cart_empty: { status: 409, title: 'Cart is empty' },
  cart_locked: { status: 409, title: 'Cart is being changed or ordered', retryAfterSeconds: 1 },
  cart_not_found: {
    status: 404,
    title: 'Cart not found',
    help: 'No such cart, or the Cart-Token header or the bearer token does not open it.',
  },
  database_busy: { status: 503, title: 'Too many changes at once', retryAfterSeconds: 1 },
  database_unavailable: { status: 503, title: 'Database does not answer', retryAfterSeconds: 2 },
  dead_letter_not_found: { status: 404, title: 'Dead letter not found' },
  duplicate_member: {
    status: 400,
    title: 'Member sent twice',
    help: 'Readers of JSON differ in which one they take. The member errors names the place.',
  },
  expectation_failed: { status: 417, title: 'Expectation not supported' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  held_units_limit: {
    status: 409,
    title: 'Too many units held by unpaid orders',
    help: 'Pay or cancel an unpaid order, or wait until it expires. Then order again with a new Idempotency-Key.',
  },
  idempotency_key_invalid: {
    status: 400,
    title: 'Idempotency-Key not usable',
    help: 'The header takes 1 to 255 printable ASCII characters, bare or as a quoted string.',
  },
  idempotency_key_missing: {
    status: 400,
    title: 'Idempotency-Key missing',
    help: 'Send a fresh unique value, for example a UUID, and the same one again whenever you repeat the request.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency-Key used for another request',
    help: 'The key already stands for a request with another body or route. Take a new key for a new request.',
  },
  identity_provider_unavailable: { status: 503, title: 'Identity provider does not answer', retryAfterSeconds: 5 },
  if_match_invalid: { status: 400, title: 'If-Match not usable' },
  insufficient_scope: { status: 403, title: 'API key lacks the scope' },
  insufficient_stock: {
    status: 409,
    title: 'Not enough stock',
    help: 'Nothing was held. The member items lists each short line with what is available.',
  },
  internal_error: {
    status: 500,
    title: 'Unexpected failure',
    help: 'The fault is on this side. Tell the operator the traceId.',
  },
  invalid_signature: { status: 400, title: 'Webhook signature not valid' },
  invalid_transition: { status: 409, title: 'Not possible in this state' },
  lock_backend_unavailable: { status: 503, title: 'Lock service does not answer', retryAfterSeconds: 1 },
  lock_lost: { status: 503, title: 'Lock lost while working', retryAfterSeconds: 1 },
  lock_timeout: { status: 503, title: 'Too many requests for the same thing', retryAfterSeconds: 1 },
  malformed_json: { status: 400, title: 'Body is not JSON' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_implemented: { status: 501, title: 'Not supported by this server' },
  not_ready: { status: 503, title: 'Not ready for requests', retryAfterSeconds: 1 },
  open_orders_limit: {
    status: 409,
    title: 'Too many unpaid orders',
    help: 'Pay or cancel an unpaid order, or wait until it expires. Then order again with a new Idempotency-Key.',
  },
  order_not_found: {
    status: 404,
    title: 'Order not found',
    help: 'No such order, or the Cart-Token header or the bearer token does not open it.',
  },
  order_not_payable: { status: 409, title: 'Order cannot be paid' },
  payload_too_large: {
    status: 413,
    title: 'Body too large',
    help: 'A body may have 256 KiB; an import of products may have 2 MiB.',
  },
  payment_attempts_exhausted: { status: 409, title: 'Order tried too often' },
  payment_declined: { status: 402, title: 'Payment declined' },
  payment_in_progress: { status: 409, title: 'Another payment is under way' },
  payment_not_found: { status: 404, title: 'Payment not found' },
  payment_provider_unavailable: { status: 503, title: 'Payment provider does not answer', retryAfterSeconds: 5 },
  precondition_required: { status: 428, title: 'If-Match missing' },
  product_not_found: { status: 404, title: 'Product not found' },
  quantity_limit: { status: 409, title: 'More than may be ordered' },
  rate_limited: { status: 429, title: 'Too many requests', retryAfterSeconds: 1 },
  request_in_flight: {
    status: 409,
    title: 'The same request is still running',
    help: 'A request with this Idempotency-Key has not been answered yet. Ask again with the same key.',
    retryAfterSeconds: 1,
  },
  request_timeout: { status: 408, title: 'Request took too long to arrive' },
  route_not_found: { status: 404, title: 'No such path' },
  secret_not_replayable: {
    status: 409,
    title: 'HttpResult has a secret',
    help: 'The answer to this Idempotency-Key has a token, which is told again only to a caller who shows it. Use a new key.',
  },
  shutting_down: { status: 503, title: 'Server is stopping', retryAfterSeconds: 1 },
  stale_fence: { status: 503, title: 'Lock lost while working', retryAfterSeconds: 1 },
  stale_version: {
    status: 412,
    title: 'Changed since you read it',
    help: 'The version in If-Match is not the current one. Read again and repeat the change with the new ETag.',
  },
  stock_limit_exceeded: { status: 409, title: 'More than a stock level can count' },
  stock_not_found: { status: 404, title: 'No stock level for this SKU' },
  total_changed: {
    status: 409,
    title: 'The total is another one now',
    help: 'expectedTotal is not what the order costs now. Show the new totals to the buyer and ask again.',
  },
  unauthenticated: {
    status: 401,
    title: 'Credentials missing or not valid',
    help: 'Staff and machines send Authorization: Bearer hf_…, customers the bearer token of the shop’s identity provider.',
  },
  unsupported_media_type: { status: 415, title: 'Body must be JSON', help: 'Send Content-Type: application/json.' },
  uri_too_long: { status: 414, title: 'Path too long' },
  validation_failed: {
    status: 422,
    title: 'Request does not fit the schema',
    help: 'The member errors names each place by a JSON pointer, with a code and what is expected there.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof statusByCode;

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(statusByCode, code);

export const kindOf = (code: ProblemCode): ProblemKind => statusByCode[code];
