import { Etcd3, EtcdLeaseInvalidError, GRPCUnavailableError, isRecoverableError, type IOptions } from 'etcd3';
import { answerWithin, NoAnswer } from '#kernel';
import { LockBackendUnavailable } from '../../lock.errors.js';
import { ServerHealth } from '../server-health.js';

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 250;
/** The server refuses pings that come more often than every 5 s. */
const PING_MS = 10_000;
const PING_TIMEOUT_MS = 1_000;

/** The server gives up a call after this multiple of the time for which its caller waits. */
const SERVER_LIMIT_FACTOR = 4;

/** @param limit for the server, on the wall clock */
type Ask<T> = (client: Etcd3, limit: { readonly deadline: number }) => Promise<T>;

/** One member cannot be reached; another one may answer. */
export class MemberLost extends LockBackendUnavailable {}

/**
 * The members of one cluster. Calls go to one member as long as it answers. The client's own retries and breaker are off: a late lock
 * request is worse than a failed one, and `Leases` decides when to ask again.
 */
export class EtcdNodes {
  private readonly clients: readonly Etcd3[];
  private readonly health: ServerHealth;
  private chosen = 0;

  constructor(
    urls: readonly string[],
    private readonly commandTimeoutMs: number,
  ) {
    this.clients = urls.map(connect);
    this.health = new ServerHealth(urls.map((url) => new URL(url).host).join(','));
  }

  /** How many members there are. */
  get count(): number {
    return this.clients.length;
  }

  get client(): Etcd3 {
    const client = this.clients[this.chosen];
    if (client === undefined) throw new Error('No etcd server is configured.');
    return client;
  }

  /**
   * For a request that may be carried out twice. A member that cannot be reached is skipped at once. A silent member costs the whole
   * timeout, and the next call goes to another one.
   *
   * @throws {LockBackendUnavailable}
   * @throws {EtcdLeaseInvalidError} the server does not know the lease
   */
  async call<T>(ask: Ask<T>): Promise<T> {
    for (let left = this.clients.length - 1; ; left -= 1) {
      try {
        return await this.callOnce(ask);
      } catch (error) {
        if (!(error instanceof MemberLost) || left === 0) throw error;
      }
    }
  }

  /** As `call`, but of one member. @throws {MemberLost} if it cannot be reached; it may still carry the request out */
  async callOnce<T>(ask: Ask<T>): Promise<T> {
    const deadline = Date.now() + this.commandTimeoutMs * SERVER_LIMIT_FACTOR;
    try {
      const answer = await answerWithin(this.commandTimeoutMs, ask(this.client, { deadline }));
      this.health.answered();
      return answer;
    } catch (error) {
      if (error instanceof EtcdLeaseInvalidError) throw error;
      if (error instanceof NoAnswer || (error instanceof Error && isRecoverableError(error))) this.nextMember();
      this.health.failed(error);
      throw error instanceof GRPCUnavailableError
        ? new MemberLost({ cause: error })
        : new LockBackendUnavailable({ cause: error });
    }
  }

  close(): void {
    this.health.close();
    for (const client of this.clients) client.close();
  }

  private nextMember(): void {
    this.chosen = (this.chosen + 1) % this.clients.length;
  }
}

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>;
/** The client takes policies of cockatiel, of which it calls `execute` alone. */
const noPolicy = { execute: async (call: () => unknown) => call() } as unknown as Policy;

function connect(url: string): Etcd3 {
  const { protocol, host, username, password } = new URL(url);
  return new Etcd3({
    hosts: `${protocol}//${host}`,
    ...(username === ''
      ? {}
      : { auth: { username: decodeURIComponent(username), password: decodeURIComponent(password) } }),
    faultHandling: { host: () => noPolicy, global: noPolicy },
    grpcOptions: {
      // Otherwise all clients of this process would share one connection and its reconnect delay.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_FIRST_MS,
      'grpc.min_reconnect_backoff_ms': RECONNECT_FIRST_MS,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MAX_MS,
      'grpc.keepalive_time_ms': PING_MS,
      'grpc.keepalive_timeout_ms': PING_TIMEOUT_MS,
    },
  });
}
