import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Fault } from '../support/stripe/stripe-server.js';
import type { StripeShop } from '../support/stripe/stripe-shop.js';
import type { Dice } from './dice.js';

const FAULTY_SHARE = 0.25;
const FAULTS: Readonly<Record<Fault, number>> = {
  timeout_before: 1,
  timeout_after: 1,
  error_before: 1,
  error_after: 1,
  busy: 1,
  reset: 1,
  slow: 2,
};
const WEBHOOKS_LOST = 0.1;
const WEBHOOKS_DOUBLED = 0.4;
const WEBHOOK_LATE_MAX_MS = 3_000;
const [KILL_AFTER_MIN_MS, KILL_AFTER_MAX_MS] = [4_000, 12_000];
const GONE_MAX_MS = 1_500;
const SETTLED_AFTER_MAX_MS = 2_000;

/** Everything that goes wrong while buyers buy: faults of Stripe, unreliable webhooks, and processes that are killed and started again. */
export class Misfortunes {
  /** How often each of them has come. */
  readonly counts: Record<string, number> = {};
  private readonly ending = new AbortController();
  private killing: Promise<void> = Promise.resolve();

  constructor(
    private readonly standIn: StripeShop,
    private readonly dice: Dice,
  ) {
    // Every payment that takes a while listens.
    setMaxListeners(0, this.ending.signal);
  }

  begin(): void {
    const { standIn, dice } = this;
    standIn.stripe.faultOf = (method, path) => {
      // What is processed ends a little later, whether its answer arrived or not.
      if (method === 'POST' && path.endsWith('payment_intents')) void this.settleLater();
      return dice.shows(FAULTY_SHARE) ? this.counted(dice.pick(FAULTS)) : undefined;
    };
    standIn.webhooks.delaysMsOf = () => {
      if (dice.shows(WEBHOOKS_LOST)) {
        this.counted('webhook lost');
        return [];
      }
      const copies = dice.shows(WEBHOOKS_DOUBLED) ? 2 : 1;
      return Array.from({ length: copies }, () => dice.between(0, WEBHOOK_LATE_MAX_MS));
    };
    this.killing = this.killNowAndThen();
  }

  /** From now on nothing goes wrong; both processes run. */
  async end(): Promise<void> {
    this.standIn.stripe.faultOf = () => undefined;
    this.standIn.webhooks.delaysMsOf = () => [0];
    this.ending.abort();
    await this.killing;
    this.settleAll();
  }

  private async killNowAndThen(): Promise<void> {
    const { shop } = this.standIn;
    while (await this.passes(this.dice.between(KILL_AFTER_MIN_MS, KILL_AFTER_MAX_MS))) {
      const victim = this.dice.shows(0.5) ? shop.apis[0]! : shop.workers[0]!;
      this.counted(victim === shop.apis[0] ? 'api killed' : 'worker killed');
      await victim.kill('SIGKILL');
      await this.passes(this.dice.between(0, GONE_MAX_MS));
      await victim.start();
    }
  }

  private async settleLater(): Promise<void> {
    if (await this.passes(this.dice.between(0, SETTLED_AFTER_MAX_MS))) this.settleAll();
  }

  private settleAll(): void {
    const { ledger } = this.standIn.stripe;
    for (const { id, status } of ledger.intents.values()) if (status === 'processing') ledger.settle(id);
  }

  /** Whether the time has passed before the end. */
  private async passes(ms: number): Promise<boolean> {
    const { signal } = this.ending;
    await setTimeout(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  private counted<T extends string>(name: T): T {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
    return name;
  }
}
