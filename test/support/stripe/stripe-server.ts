import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { Stripe } from 'stripe';
import { StripeIdempotency, type Answer } from './stripe-idempotency.js';
import { StripeLedger, type Params } from './stripe-ledger.js';
import { StripeRefusal, type Intent, type Refund } from './stripe-objects.js';

/**
 * What goes wrong with one request: nothing is done and no answer comes; it is done and no answer comes; a failure of Stripe's own with
 * nothing done, or after it was done; too many requests; the connection breaks; the answer takes its time.
 */
export type Fault = 'timeout_before' | 'timeout_after' | 'error_before' | 'error_after' | 'busy' | 'reset' | 'slow';

export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
}

const SLOW_MS = 300;
const NO_ANSWER = Symbol('no answer');

/** A stand-in for api.stripe.com that keeps a ledger of its own. */
export class StripeServer {
  readonly ledger = new StripeLedger((type, object) => this.tell(type, object));
  /** Everything that a webhook endpoint would receive, oldest first. */
  readonly events: StripeEvent[] = [];
  /** Versions of the API that were asked for. */
  readonly versions = new Set<string>();
  /** Decides what goes wrong with a request. */
  faultOf: (method: string, path: string) => Fault | undefined = () => undefined;

  private readonly routes: readonly (readonly [RegExp, (id: string, params: Params) => unknown])[] = [
    [/^POST \/v1\/payment_methods$/, (_, params) => this.ledger.createMethod(params)],
    [/^POST \/v1\/payment_intents$/, (_, params) => this.ledger.createIntent(params)],
    [/^GET \/v1\/payment_intents$/, (_, params) => this.listIntents(params)],
    [/^GET \/v1\/payment_intents\/search$/, (_, params) => this.search(params)],
    [/^GET \/v1\/payment_intents\/(\w+)$/, (id) => this.ledger.intent(id)],
    [/^POST \/v1\/payment_intents\/(\w+)\/capture$/, (id) => this.ledger.capture(id)],
    [/^POST \/v1\/payment_intents\/(\w+)\/cancel$/, (id) => this.ledger.cancel(id)],
    [/^POST \/v1\/refunds$/, (_, params) => this.ledger.createRefund(params)],
    [/^GET \/v1\/refunds\/(\w+)$/, (id) => this.ledger.refund(id)],
    [/^GET \/v1\/refunds$/, (_, params) => this.listRefunds(params)],
  ];
  private readonly idempotency = new StripeIdempotency();

  private constructor(
    private readonly server: Server,
    private readonly notify: (event: StripeEvent) => void,
  ) {
    server.on('request', (request, response) => void this.handle(request, response));
  }

  /** @param notify called with each event, to deliver it */
  static async start(notify: (event: StripeEvent) => void = () => undefined): Promise<StripeServer> {
    const server = createServer();
    const stripe = new StripeServer(server, notify);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return stripe;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next request to such a path has this fault, and no later one. */
  failNext(fault: Fault, path: RegExp): void {
    this.faultOf = (_, actual) => {
      if (!path.test(actual)) return undefined;
      this.faultOf = () => undefined;
      return fault;
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stripe.test');
    const method = request.method ?? 'GET';
    const body = await text(request);
    this.versions.add(String(request.headers['stripe-version']));
    const fault = this.faultOf(method, url.pathname);
    if (fault === 'timeout_before') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault === 'slow') await setTimeout(SLOW_MS);
    const params = Object.fromEntries(new URLSearchParams(method === 'GET' ? url.searchParams : body));
    const key = request.headers['idempotency-key'];
    const answer = await this.answer({ method, path: url.pathname, params, key: key?.toString(), fault });
    if (answer === NO_ANSWER) return;
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(answer.isReplayed && { 'idempotent-replayed': 'true' }),
    });
    response.end(JSON.stringify(answer.body));
  }

  private async answer(call: {
    readonly method: string;
    readonly path: string;
    readonly params: Params;
    readonly key: string | undefined;
    readonly fault: Fault | undefined;
  }): Promise<Answer | typeof NO_ANSWER> {
    const { method, path, params, key, fault } = call;
    const fingerprint = `${method} ${path} ${JSON.stringify(params)}`;
    try {
      const answer = await this.idempotency.run(method === 'POST' ? key : undefined, fingerprint, () => {
        if (fault === 'busy') throw new StripeRefusal(429, { type: 'invalid_request_error', code: 'rate_limit' });
        if (fault === 'error_before') return Promise.resolve(ownFailure());
        const done = this.execute(method, path, params);
        return Promise.resolve(fault === 'error_after' ? ownFailure() : done);
      });
      return fault === 'timeout_after' ? NO_ANSWER : answer;
    } catch (error) {
      if (!(error instanceof StripeRefusal)) throw error;
      return { status: error.status, body: { error: error.body }, isReplayed: false };
    }
  }

  private execute(method: string, path: string, params: Params): Answer {
    try {
      return { status: 200, body: structuredClone(this.route(method, path, params)), isReplayed: false };
    } catch (error) {
      if (!(error instanceof StripeRefusal)) throw error;
      return { status: error.status, body: structuredClone({ error: error.body }), isReplayed: false };
    }
  }

  private route(method: string, path: string, params: Params): unknown {
    for (const [pattern, run] of this.routes) {
      const match = pattern.exec(`${method} ${path}`);
      if (match !== null) return run(match[1] ?? '', params);
    }
    throw new StripeRefusal(404, { type: 'invalid_request_error', message: `${method} ${path}` });
  }

  private search({ query = '' }: Params): unknown {
    const paymentId = /^metadata\['payment_id'\]:'(\w+)'$/.exec(query)?.[1];
    const data = [...this.ledger.intents.values()].filter(({ metadata }) => metadata['payment_id'] === paymentId);
    return { object: 'search_result', data, has_more: false, next_page: null, url: '/v1/payment_intents/search' };
  }

  /** As Stripe writes it, the latest charge is an object only where that was asked for. */
  private listIntents(params: Params): unknown {
    const { data, hasMore } = this.ledger.listIntents(params);
    const isExpanded = Object.entries(params).some(
      ([name, value]) => name.startsWith('expand[') && value === 'data.latest_charge',
    );
    const listed = data.map((intent) =>
      Object.assign(structuredClone(intent), { latest_charge: this.chargeOf(intent, isExpanded) }),
    );
    return { object: 'list', data: listed, has_more: hasMore, url: '/v1/payment_intents' };
  }

  private chargeOf({ id, status }: Intent, isExpanded: boolean): unknown {
    if (status !== 'succeeded') return null;
    const charge = { id: id.replace('pi_', 'ch_'), object: 'charge', amount_refunded: this.ledger.refundedOf(id) };
    return isExpanded ? charge : charge.id;
  }

  private listRefunds(params: Params): unknown {
    const data = [...this.ledger.refunds.values()].filter((each) => each.payment_intent === params['payment_intent']);
    return { object: 'list', data, has_more: false, url: '/v1/refunds' };
  }

  private tell(type: string, object: Intent | Refund): void {
    const id = `evt_${this.events.length + 1}_${object.id}`;
    const created = Math.floor(Date.now() / 1_000);
    const payload = JSON.stringify({ id, object: 'event', type, created, data: { object } });
    const event = { id, type, payload };
    this.events.push(event);
    this.notify(event);
  }
}

function ownFailure(): Answer {
  return { status: 500, body: { error: { type: 'api_error', message: 'An error on our side.' } }, isReplayed: false };
}

/** Headers of a webhook by the library's own generator. */
export function stripeSignature(payload: string, secret: string, at = new Date()): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  const header = new Stripe('sk_test_standin').webhooks.generateTestHeaderString({ payload, secret, timestamp });
  return { 'content-type': 'application/json', 'stripe-signature': header };
}
