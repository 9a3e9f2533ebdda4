import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '#config';
import { Metrics } from '#observability';
import type { Caller } from '../caller/caller.js';
import { RateLimited } from '../http.errors.js';
import { addressGroup } from './address-group.js';
import { RateBuckets } from './rate-buckets.js';
import { limitOf, policyOf } from './rate-limit-headers.js';
import { WHATEVER_IS_LEFT, type Draw } from './token-bucket.js';

const MINUTE_MS = 60_000;

type Policy = 'address' | 'wrong-credentials' | 'guest' | 'customer' | 'api-key';

interface Limit extends Draw {
  readonly policy: Policy;
}

/**
 * How many requests a caller may send. The address is asked before anything is done for a request; the caller when the credentials are
 * verified. Wrong credentials are counted when they have been found wrong, and from then on hold up only requests that show some.
 */
@Injectable()
export class RateLimits {
  readonly isOn: boolean;
  private readonly perMinute: Readonly<Record<Policy, number>>;
  private readonly refused;

  constructor(
    @Inject(Config) config: Config,
    private readonly buckets: RateBuckets,
    metrics: Metrics,
  ) {
    this.isOn = config.RATE_LIMIT === 'on';
    this.perMinute = {
      address: config.RATE_LIMIT_ADDRESS_PER_MINUTE,
      'wrong-credentials': config.RATE_LIMIT_WRONG_CREDENTIALS_PER_MINUTE,
      guest: config.RATE_LIMIT_BUYER_PER_MINUTE,
      customer: config.RATE_LIMIT_BUYER_PER_MINUTE,
      'api-key': config.RATE_LIMIT_API_KEY_PER_MINUTE,
    };
    this.refused = metrics.counter({
      name: 'rate_limit_refused_total',
      help: 'Requests refused with 429, by the limit that refused them.',
      labelNames: ['policy'],
    });
  }

  /** @throws {RateLimited} */
  async admitAddress(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const address = addressGroup(request.ip);
    const limits = [this.limit('address', address)];
    if (showsCredentials(request)) limits.push(this.limit('wrong-credentials', address, { cost: 0 }));
    await this.admit(limits, reply);
  }

  /** A request with a known API key counts for the key and not for its address. @throws {RateLimited} */
  async admitCaller(caller: Caller, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!this.isOn) return;
    if (caller.staff !== undefined) {
      const refund = this.limit('address', addressGroup(request.ip), { cost: -1, atLeast: WHATEVER_IS_LEFT });
      await this.admit([this.limit('api-key', caller.staff.actor), refund], reply);
    } else if (caller.customerId !== undefined) await this.admit([this.limit('customer', caller.customerId)], reply);
    else if (caller.cartTokenHash !== undefined) await this.admit([this.limit('guest', caller.cartTokenHash)], reply);
  }

  /** Counts also when many came at once: the bucket then has a debt. */
  async countWrongCredentials({ ip }: FastifyRequest): Promise<void> {
    await this.buckets.draw([this.limit('wrong-credentials', addressGroup(ip), { atLeast: WHATEVER_IS_LEFT })]);
  }

  private limit(policy: Policy, who: string, { cost = 1, atLeast = 1 } = {}): Limit {
    const capacity = this.perMinute[policy];
    return { policy, key: `rate:${policy}:${who}`, capacity, refillPerMs: capacity / MINUTE_MS, cost, atLeast };
  }

  private async admit(limits: readonly Limit[], reply: FastifyReply): Promise<void> {
    const { allowed, levels } = await this.buckets.draw(limits);
    const states = limits.map((limit, index) => ({ ...limit, level: levels[index] ?? limit.capacity }));
    const refusing = states.find(({ level, atLeast }) => level < atLeast);
    if (!allowed && refusing !== undefined) {
      this.refused.inc({ policy: refusing.policy });
      throw new RateLimited(refusing);
    }
    const shown = states.filter(({ cost }) => cost > 0);
    append(reply, 'ratelimit', shown.map(limitOf));
    append(reply, 'ratelimit-policy', shown.map(policyOf));
  }
}

const showsCredentials = ({ headers }: FastifyRequest): boolean =>
  headers.authorization !== undefined || headers['cart-token'] !== undefined;

function append(reply: FastifyReply, name: string, items: readonly string[]): void {
  const before = reply.getHeader(name);
  reply.header(name, [...(before === undefined ? [] : [String(before)]), ...items].join(', '));
}
