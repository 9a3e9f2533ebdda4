import { eventually } from '../../support/eventually.js';
import { Shop } from '../../support/start-shop.js';
import type { BenchServers } from './bench-servers.js';
import { Connections } from './connections.js';
import { DatabaseCounters, type Counters } from './database-counters.js';
import { basketOf, type Basket } from './journey.js';
import { cpuTimes, type CpuTimes, type Part } from './processes.js';

export const SKUS = 500;
const UNITS = 100_000_000;
const SETTLES_WITHIN_MS = 300_000;

export const skuOf = (number: number): string => `BENCH-${String(number).padStart(3, '0')}`;

const ALL = Array.from({ length: SKUS }, (_, number) => skuOf(number));
const ONE = basketOf(ALL.slice(0, 1));
const EACH = ALL.map((sku) => basketOf([sku]));

/** What buyers choose from. */
export const baskets = {
  oneSku: (): Basket => ONE,
  manySkus: (): Basket => EACH[Math.floor(Math.random() * SKUS)]!,
  ofLines: (lines: number): Basket => basketOf(ALL.slice(0, lines)),
};

/** All counters at one moment. */
export interface Reading {
  /** By `performance.now()`. */
  readonly at: number;
  readonly counters: Counters;
  readonly cpu: CpuTimes;
}

/** A shop with its stock, and the places to read what it costs. */
export class Stage {
  private constructor(
    readonly shop: Shop,
    readonly connections: Connections,
    readonly counters: DatabaseCounters,
    private readonly pids: ReadonlyMap<Part, number>,
  ) {}

  static async open(servers: BenchServers): Promise<Stage> {
    const shop = await Shop.start();
    const counters = await DatabaseCounters.open(shop.db, shop.databaseUrl, servers.countsStatements);
    const pids: [Part, number | undefined][] = [
      ['api', shop.apis[0]!.pid],
      ['worker', shop.workers[0]!.pid],
      ['PostgreSQL', await servers.pid('postgres')],
      ['RabbitMQ', await servers.pid('rabbitmq')],
      ['Redis', await servers.pid('redis')],
      ['client', process.pid],
    ];
    const known = pids.filter((entry): entry is [Part, number] => entry[1] !== undefined);
    const stage = new Stage(shop, new Connections(new URL(shop.apis[0]!.url)), counters, new Map(known));
    await stage.stock();
    return stage;
  }

  async read(): Promise<Reading> {
    const counters = await this.counters.now();
    return { at: performance.now(), counters, cpu: cpuTimes(this.pids) };
  }

  /** Resolves when every order that was paid is confirmed. */
  async settled(): Promise<void> {
    const look = async (): Promise<void> => {
      const orders = await this.counters.underWay();
      if (orders > 0) throw new Error(`${orders} orders are paid and not confirmed.`);
    };
    await eventually(look, { withinMs: SETTLES_WITHIN_MS, everyMs: 100 });
  }

  async close(): Promise<void> {
    this.connections.close();
    await this.counters.close();
    await this.shop.stop();
  }

  private async stock(): Promise<void> {
    const products = ALL.map((sku) => {
      return { sku, name: `Product ${sku}`, price: { amount: 1_999, currency: 'EUR' }, onHand: UNITS };
    });
    const { status, body } = await this.shop.staff.post('/v1/admin/products/import', { products });
    if (status >= 300) throw new Error(`No products: ${status} ${JSON.stringify(body)}`);
  }
}
