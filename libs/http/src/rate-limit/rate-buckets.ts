import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Config } from '#config';
import { clientOptions } from '#database';
import { MemoryBuckets } from './memory-buckets.js';
import { PostgresBuckets } from './postgres-buckets.js';
import { RedisBuckets } from './redis-buckets.js';
import type { BucketStore, Draw, Drawn } from './token-bucket.js';

/** A store that failed is left alone for so long: callers must not wait for it again and again. */
const AWAY_MS = 1_000;

/** The configured store; buckets of this process while that is away. Nobody is refused because a store is away. */
@Injectable()
export class RateBuckets implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RateBuckets.name);
  private readonly local = new MemoryBuckets();
  private readonly store: BucketStore;
  private readonly timeoutMs: number;
  private awayUntil = 0;
  private isAway = false;

  constructor(@Inject(Config) config: Config) {
    this.timeoutMs = config.RATE_LIMIT_TIMEOUT_MS;
    this.store = config.RATE_LIMIT === 'on' ? openStore(config) : this.local;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.store.opened(this.timeoutMs);
  }

  async draw(draws: readonly Draw[]): Promise<Drawn> {
    if (performance.now() < this.awayUntil) return this.local.draw(draws);
    try {
      const drawn = await this.store.draw(draws);
      if (this.isAway) this.logger.log({ msg: 'rate limits are counted in their store again' });
      this.isAway = false;
      return drawn;
    } catch (error) {
      this.awayUntil = performance.now() + AWAY_MS;
      if (!this.isAway)
        this.logger.warn({ msg: 'rate limits are counted in this process: their store failed', err: error });
      this.isAway = true;
      return this.local.draw(draws);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}

function openStore(config: Config): BucketStore {
  const timeoutMs = config.RATE_LIMIT_TIMEOUT_MS;
  const kind = config.RATE_LIMIT_STORE ?? (config.LOCK_DRIVER === 'redis' ? 'redis' : 'postgres');
  if (kind === 'memory') return new MemoryBuckets();
  if (kind === 'postgres') return new PostgresBuckets(clientOptions(config, 'holdfast-rate-limits'), timeoutMs);
  const { REDIS_URLS: urls, REDIS_KEY_PREFIX: keyPrefix } = config;
  return new RedisBuckets({ urls, keyPrefix, commandTimeoutMs: timeoutMs });
}
