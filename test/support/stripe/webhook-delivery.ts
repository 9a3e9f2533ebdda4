import { setTimeout } from 'node:timers/promises';
import { stripeSignature, type StripeEvent } from './stripe-server.js';

const AGAIN_AFTER_MS = 250;

/** Brings events to a webhook endpoint as Stripe does: signed, in no order, and again until the endpoint has taken them. */
export class WebhookDelivery {
  /** Where it stands now; without it the endpoint is not to be reached, and what is to be delivered waits. */
  endpoint: (() => string) | undefined;
  /** After how many milliseconds an event is delivered, once for each entry; never where there is none. */
  delaysMsOf: (event: StripeEvent) => readonly number[] = () => [0];

  private readonly stopping = new AbortController();
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly secret: string) {}

  /** Returns at once. */
  begin(event: StripeEvent): void {
    for (const delayMs of this.delaysMsOf(event)) {
      const delivering = this.deliver(event, delayMs).finally(() => this.underWay.delete(delivering));
      this.underWay.add(delivering);
    }
  }

  /** How many have not been taken yet. */
  get waiting(): number {
    return this.underWay.size;
  }

  /** The answer to one delivery, signed at that time. */
  async once(event: StripeEvent, at = new Date()): Promise<Response> {
    if (this.endpoint === undefined) throw new Error('There is no endpoint to deliver to.');
    const headers = stripeSignature(event.payload, this.secret, at);
    return fetch(this.endpoint(), { method: 'POST', headers, body: event.payload });
  }

  /** What was not taken yet is given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.underWay);
  }

  private async deliver(event: StripeEvent, delayMs: number): Promise<void> {
    await pause(delayMs);
    while (!this.stopping.signal.aborted && !(await this.isTaken(event))) await pause(AGAIN_AFTER_MS);
  }

  private async isTaken(event: StripeEvent): Promise<boolean> {
    if (this.endpoint === undefined) return false;
    const answer = await this.once(event).catch(() => undefined); // Nobody listens: the process has just been killed.
    await answer?.text().catch(() => undefined);
    return answer?.ok === true;
  }
}

const pause = (ms: number): Promise<void> => setTimeout(ms);
