import { Redis } from 'ioredis';
import type { BucketStore, Draw, Drawn } from './token-bucket.js';

const CONNECT_TIMEOUT_MS = 1_000;
const RECONNECT_MAX_MS = 1_000;
const NUMBERS_A_DRAW = 4;

/**
 * All buckets of a request in one call, by the clock of the server. A bucket that would be full again is forgotten by its time to live.
 * Levels are returned in thousandths, since Redis cuts numbers to whole ones.
 */
const DRAW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local allowed = 1
  local levels = {}
  for i, key in ipairs(KEYS) do
    local at = (i - 1) * ${NUMBERS_A_DRAW}
    local capacity, refill, least = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
    local stored = redis.call('HMGET', key, 'level', 'at')
    levels[i] = capacity
    if stored[1] and stored[2] then
      levels[i] = math.min(capacity, tonumber(stored[1]) + math.max(0, now - tonumber(stored[2])) * refill)
    end
    if levels[i] < least then allowed = 0 end
  end
  local answer = { allowed }
  for i, key in ipairs(KEYS) do
    local at = (i - 1) * ${NUMBERS_A_DRAW}
    local capacity, refill, cost = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4])
    if allowed == 1 and cost ~= 0 then
      levels[i] = math.min(capacity, math.max(-capacity, levels[i] - cost))
      redis.call('HSET', key, 'level', tostring(levels[i]), 'at', string.format('%.0f', now))
      redis.call('PEXPIRE', key, math.ceil((capacity - levels[i]) / refill) + 1000)
    end
    answer[i + 1] = math.floor(levels[i] * 1000)
  end
  return answer`;

interface Commands extends Redis {
  drawTokens(keyCount: number, ...keysAndNumbers: (string | number)[]): Promise<number[]>;
}

interface RedisBucketsOptions {
  readonly urls: readonly string[];
  readonly keyPrefix: string;
  readonly commandTimeoutMs: number;
}

/** Buckets that all processes share. The first server that is connected keeps them. */
export class RedisBuckets implements BucketStore {
  private readonly servers: readonly Commands[];

  constructor({ urls, keyPrefix, commandTimeoutMs }: RedisBucketsOptions) {
    this.servers = urls.map((url) => {
      const server = new Redis(url, {
        keyPrefix,
        commandTimeout: commandTimeoutMs,
        connectTimeout: CONNECT_TIMEOUT_MS,
        maxRetriesPerRequest: 1,
        enableOfflineQueue: false,
        disableClientInfo: true,
        retryStrategy: (attempt) => Math.min(attempt * 100, RECONNECT_MAX_MS),
      });
      // A failed command says the same to the one who sent it; without a listener every failed reconnect would be printed.
      server.on('error', () => undefined);
      server.defineCommand('drawTokens', { lua: DRAW });
      return server as Commands;
    });
  }

  async draw(draws: readonly Draw[]): Promise<Drawn> {
    const server = this.servers.find(({ status }) => status === 'ready');
    if (server === undefined) throw new Error('No Redis server of the rate limits is connected.');
    const numbers = draws.flatMap(({ capacity, refillPerMs, atLeast, cost }) => [capacity, refillPerMs, atLeast, cost]);
    const [allowed, ...thousandths] = await server.drawTokens(draws.length, ...draws.map(({ key }) => key), ...numbers);
    return { allowed: allowed === 1, levels: thousandths.map((level) => level / 1_000) };
  }

  /** Waits for the first server, but not for long: without one the process starts all the same. */
  async opened(timeoutMs: number): Promise<void> {
    const ready = this.servers.map((server) => new Promise((resolve) => server.once('ready', resolve)));
    await Promise.race([...ready, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
  }

  close(): Promise<void> {
    for (const server of this.servers) server.disconnect();
    return Promise.resolve();
  }
}
