import * as fc from 'fast-check';
import { Contract } from '../support/contract/contract.js';
import type { Exchange } from '../support/contract/exchange.js';
import type { Operation } from '../support/contract/open-api.js';
import type { Shop } from '../support/start-shop.js';
import { callersOf, type Callers } from './callers.js';
import type { KnownResources } from './known-resources.js';
import { memoryOf, type Memory } from './memory.js';
import { planFor, type Plan } from './plan.js';
import { resolve } from './resolve.js';
import { curlOf, Wire, type WireRequest } from './wire.js';

export interface CampaignOptions {
  /** The same seed makes the same plans. Ids and the order of concurrent requests differ from run to run. */
  readonly seed: number;
  readonly requests: number;
}

export interface Report {
  /** How often each operation was answered with each status. */
  readonly answers: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** What must not be, with the request as a command. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly slowest: string;
  readonly warm: Memory;
  readonly end: Memory;
}

const AT_ONCE = 6;
const PLANS_AT_ONCE = 100;
/** What a client may wait for an answer. */
const ANSWERED_WITHIN_MS = 3_000;
const FAILURES_MAX = 20;
/** The answer to a payment whose token asks for it. */
const PROVOKED = '"code":"payment_provider_unavailable"';

/** What leads to the most states comes most often; a cancelled order leads nowhere. */
function weightOf({ path, method }: Operation): number {
  if (path.endsWith('/cancel')) return 1;
  if (!/^\/v1\/(carts|orders)/.test(path)) return 2;
  return method === 'POST' ? 8 : 4;
}

/** Sends requests of every operation to a shop, and looks at what comes back. */
export class Campaign {
  private readonly answers = new Map<string, Map<number, number>>();
  private readonly failures: string[] = [];
  private slowestMs = 0;
  private slowest = '';
  private readonly wire: Wire;
  private readonly url: string;

  private constructor(
    private readonly contract: Contract,
    private readonly known: KnownResources,
    private readonly callers: Callers,
    shop: Shop,
  ) {
    this.url = shop.apis[0]!.url;
    this.wire = new Wire(this.url);
  }

  static async run(shop: Shop, known: KnownResources, { seed, requests }: CampaignOptions): Promise<Report> {
    const { body } = await shop.api().get('/openapi.json');
    const campaign = new Campaign(new Contract(body), known, await callersOf(shop), shop);
    const plans = campaign.plans(seed);
    const warmUp = Math.floor(requests / 3);
    await campaign.send(plans, warmUp);
    const warm = await memoryOf(shop.apis[0]!);
    await campaign.send(plans, requests - warmUp);
    const end = await memoryOf(shop.apis[0]!);
    campaign.wire.close();
    const { answers, failures, slowest, slowestMs } = campaign;
    return { answers, failures, slowest, slowestMs, warm, end };
  }

  private *plans(seed: number): Generator<Plan, never> {
    const any = fc.oneof(
      ...this.contract.api.operations.map((operation) => ({
        weight: weightOf(operation),
        arbitrary: planFor(operation),
      })),
    );
    for (let batch = seed; ; batch += 1) yield* fc.sample(any, { seed: batch, numRuns: PLANS_AT_ONCE });
  }

  private async send(plans: Generator<Plan, never>, count: number): Promise<void> {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left > 0 && this.failures.length < FAILURES_MAX) {
        left -= 1;
        await this.try(plans.next().value);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }

  private async try(plan: Plan): Promise<void> {
    const { sent, credentials } = resolve(plan, this.known, this.callers);
    const startedAt = performance.now();
    try {
      const exchange = await this.wire.send(sent);
      const ms = performance.now() - startedAt;
      this.count(plan.operation.id, exchange.status);
      await this.judge(sent, exchange, ms);
      if (exchange.status < 300) this.learn(exchange, credentials);
    } catch (error) {
      this.fail(sent, `no answer: ${String(error)}`);
    }
  }

  private async judge(sent: WireRequest, exchange: Exchange, ms: number): Promise<void> {
    const { status, body } = exchange;
    if (status >= 500 && !body.includes(PROVOKED)) this.fail(sent, `${status} ${body}`);
    const deviations = this.contract.deviations(exchange);
    if (deviations.length > 0) this.fail(sent, `${status} ${body.slice(0, 2_000)}\n  ${deviations.join('\n  ')}`);
    if (ms > this.slowestMs) [this.slowestMs, this.slowest] = [ms, curlOf(this.url, sent)];
    if (ms > ANSWERED_WITHIN_MS) await this.trySlow(sent, ms);
  }

  /** A busy machine may stand still for seconds. What is slow twice is slow. */
  private async trySlow(sent: WireRequest, ms: number): Promise<void> {
    const startedAt = performance.now();
    await this.wire.send(sent);
    const again = performance.now() - startedAt;
    if (again > ANSWERED_WITHIN_MS)
      this.fail(sent, `answered after ${Math.round(ms)} ms, and again after ${Math.round(again)} ms`);
  }

  private learn({ body }: Exchange, credentials: Record<string, string>): void {
    const value = body.startsWith('{') ? JSON.parse(body) : {};
    for (const thing of [value, ...(Array.isArray(value.data) ? value.data : [])]) this.known.learn(thing, credentials);
  }

  private fail(sent: WireRequest, what: string): void {
    this.failures.push(`${curlOf(this.url, sent)}\n  ${what}`);
  }

  private count(operation: string, status: number): void {
    const counts = this.answers.get(operation) ?? new Map<number, number>();
    this.answers.set(operation, counts.set(status, (counts.get(status) ?? 0) + 1));
  }
}
