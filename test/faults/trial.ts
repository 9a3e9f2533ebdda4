import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { ConcurrentBuyers, productsForBuyers, type ConcurrentBuyersOptions } from '../support/concurrent-buyers.js';
import type { ServerProcess } from '../support/server-process.js';
import { Shop, type ShopOptions } from '../support/start-shop.js';
import { OrderCounts } from './order-counts.js';

export interface TrialSize {
  /** Whether recovering too late counts as not held. Not where a busy machine must not decide. */
  readonly onTheClock: boolean;
  readonly orders: number;
  readonly brokerUrls: string;
}

export type TrialOptions = Pick<ShopOptions, 'workers' | 'proxied' | 'env'>;

/** What came out of one fault: the figures that stand in the table, and whether the promise held. */
export interface Outcome {
  readonly orders: number;
  /** Orders that were paid and are not confirmed. */
  readonly lost: number;
  /** Orders of which something was done twice. */
  readonly doubled: number;
  /** Deliveries beyond the one that took effect. */
  readonly redelivered: number;
  /** From the fault until an order that was paid after it was confirmed; the worst, where it was repeated. */
  readonly recoveredSeconds: number | undefined;
  readonly remark: string;
  /** Why it did not hold. Empty is the only good answer. */
  readonly complaints: readonly string[];
}

export interface Fault {
  readonly name: string;
  readonly shop?: TrialOptions;
  /** Does it to a shop in which people buy. */
  happen(trial: Trial): Promise<void>;
}

const SETTLES_WITHIN_MS = 120_000;
const RECOVERS_WITHIN_MS = 120_000;

/** One shop, to which one fault happens while people buy. */
export class Trial {
  readonly remarks: string[] = [];
  readonly complaints: string[] = [];
  /** Orders whose payment was answered as captured. */
  readonly paid: string[] = [];
  private readonly recoveries: Promise<number>[] = [];
  private recoveryLimitSeconds = RECOVERS_WITHIN_MS / 1_000;

  private constructor(
    readonly shop: Shop,
    readonly counts: OrderCounts,
    private readonly skus: readonly string[],
    private readonly size: TrialSize,
  ) {}

  static async play(fault: Fault, size: TrialSize): Promise<Outcome> {
    const env = { RABBITMQ_URLS: size.brokerUrls, ...fault.shop?.env };
    const shop = await Shop.start({ ...fault.shop, env });
    try {
      const trial = new Trial(
        shop,
        await OrderCounts.open(shop.db),
        await productsForBuyers(shop, 10 * size.orders),
        size,
      );
      await fault.happen(trial);
      return await trial.outcome();
    } finally {
      await shop.stop();
    }
  }

  /** How many orders the fault is to be tried with. */
  get orders(): number {
    return this.size.orders;
  }

  get brokerUrl(): string {
    return this.size.brokerUrls.split(',')[0]!;
  }

  get worker(): ServerProcess {
    return this.shop.workers[0]!;
  }

  /** Lets people buy while something else goes on. Returns what that returned. */
  async during<T>(
    work: (buyers: ConcurrentBuyers) => Promise<T>,
    options: Partial<ConcurrentBuyersOptions> = {},
  ): Promise<T> {
    const buyers = ConcurrentBuyers.start(this.shop, this.skus, { orders: this.orders, ...options });
    try {
      return await work(buyers);
    } finally {
      await buyers.done;
      this.paid.push(...buyers.paid);
      this.complaints.push(...new Set(buyers.refusals));
    }
  }

  /** The same several times, each with its share of the orders. */
  async rounds(count: number, work: (buyers: ConcurrentBuyers, round: number) => Promise<void>): Promise<void> {
    for (let round = 0; round < count; round += 1) {
      await this.during((buyers) => work(buyers, round), { orders: Math.ceil(this.orders / count) });
    }
  }

  /** Begins now: an order is placed and paid, and its confirmation awaited. */
  recovers(): void {
    const watching = this.watchOneOrder();
    // Whoever waits for it comes later.
    watching.catch(() => undefined);
    this.recoveries.push(watching);
  }

  /** An order that was paid after a fault may not wait longer than this for its confirmation. */
  recoversWithin(seconds: number): void {
    if (this.size.onTheClock) this.recoveryLimitSeconds = seconds;
  }

  /** As if the machine had lost power under this process; it starts again at once. */
  async killAndStart(worker: ServerProcess): Promise<void> {
    await worker.kill('SIGKILL');
    this.recovers();
    await worker.start();
  }

  /** Waits until every order that was paid is confirmed and every event published. */
  async settle(): Promise<void> {
    await this.counts.settle(this.paid, SETTLES_WITHIN_MS);
  }

  expect(held: boolean, complaint: string): void {
    if (!held) this.complaints.push(complaint);
  }

  private async watchOneOrder(): Promise<number> {
    const startedAt = performance.now();
    const buyer = await Buyer.withCart(this.shop.api(), [{ sku: this.skus[0]!, quantity: 1 }]);
    const order = await buyer.order();
    const { status } = await buyer.pay(order.id);
    if (status !== 201) throw new Error(`The watched order was not paid: ${status}`);
    this.paid.push(order.id);
    await eventually(
      async () => {
        const sql = `SELECT FROM orders.orders WHERE id = $1 AND status = 'confirmed'`;
        if ((await this.shop.db.query(sql, [order.id])).rows.length === 0)
          throw new Error('The shop has not recovered.');
      },
      { withinMs: RECOVERS_WITHIN_MS, everyMs: 20 },
    );
    return (performance.now() - startedAt) / 1_000;
  }

  private async outcome(): Promise<Outcome> {
    const recoveries = await Promise.all(this.recoveries);
    const worst = recoveries.length === 0 ? undefined : Math.max(...recoveries);
    this.expect((worst ?? 0) <= this.recoveryLimitSeconds, `recovered later than after ${this.recoveryLimitSeconds} s`);
    await this.counts
      .settle(this.paid, SETTLES_WITHIN_MS)
      .catch((error: unknown) => this.complaints.push(String(error)));
    const [lost, doubled] = [await this.counts.lost(this.paid), await this.counts.doubled()];
    for (const { name, rows } of await violations(this.shop)) {
      this.complaints.push(`${name}: ${JSON.stringify(rows[0])}`);
    }
    this.expect(lost === 0, `${lost} orders are lost`);
    this.expect(doubled === 0, `${doubled} orders have something twice`);
    return {
      orders: this.paid.length,
      lost,
      doubled,
      redelivered: await this.counts.redelivered(),
      recoveredSeconds: worst,
      remark: this.remarks.join(', '),
      complaints: this.complaints,
    };
  }
}
