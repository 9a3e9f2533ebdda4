import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Transform } from 'node:stream';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'postgres:': 5432, 'redis:': 6379, 'amqp:': 5672 };

/** A connection, and what the process sent on it that the server has not got. */
interface Caught {
  readonly near: Socket;
  readonly far: Socket;
  readonly piece: Buffer;
}

interface Watch {
  readonly bytes: Buffer;
  readonly onFound: (caught: Caught) => void;
}

/** Between a process and its server: takes the server away and gives it back without touching the server, which others use too. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  /** To the server, although the process has lost its end. */
  private readonly severed = new Set<Socket>();
  private mode: 'forward' | 'refuse' | 'silent' = 'forward';
  private delayMs = 0;
  private watch: Watch | undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  /** @param url where the server is; credentials and path do not matter here */
  static async to(url: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server, new URL(url));
    server.on('connection', (socket) => proxy.accept(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  /** The server's URL with this proxy's address in place of the server's. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** As if the server had died: connections end, new ones at once. */
  refuse(): void {
    this.mode = 'refuse';
    this.dropAll();
  }

  /** As if the network lost every packet: connections stay open, and nothing is ever answered. */
  silence(): void {
    this.mode = 'silent';
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** As if the server were far away: from now on each answer comes so many milliseconds later. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /**
   * Lets everything through until a process sends these bytes: they and whatever follows on that connection, both ways, are held back.
   * Resolves when it has come to that.
   */
  holdBackFrom(bytes: string | Buffer): Promise<void> {
    return new Promise((resolve) => {
      const onFound = ({ near, far }: Caught) => {
        near.unpipe().pause();
        far.unpipe().pause();
        resolve();
      };
      this.watch = { bytes: Buffer.from(bytes), onFound };
    });
  }

  /**
   * Lets everything through until a process sends these bytes, and refuses from then on. Resolves when it has come to that, with what brings
   * the bytes to the server nevertheless.
   */
  refuseFrom(bytes: string | Buffer): Promise<() => void> {
    return new Promise((resolve) => {
      const onFound = ({ far, piece }: Caught) => {
        this.severed.add(far);
        far.unpipe().resume();
        this.refuse();
        resolve(() => far.write(piece));
      };
      this.watch = { bytes: Buffer.from(bytes), onFound };
    });
  }

  /** The server is back. Connections from before are gone. */
  restore(): void {
    this.mode = 'forward';
    this.watch = undefined;
    this.dropAll();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.dropAll();
    for (const socket of this.severed) socket.destroy();
    await once(this.server, 'close');
  }

  private accept(near: Socket): void {
    if (this.mode === 'refuse') {
      near.destroy();
      return;
    }
    this.track(near);
    if (this.mode === 'silent') return;
    const port = Number(this.target.port) || DEFAULT_PORTS[this.target.protocol]!;
    const far = connect({ host: this.target.hostname, port });
    this.track(far);
    near
      .pipe(this.sieve(near, far))
      .pipe(far)
      .pipe(stamped(() => performance.now() + this.delayMs))
      .pipe(heldUntilDue())
      .pipe(near);
    near.on('close', () => {
      if (!this.severed.has(far)) far.destroy();
    });
    far.on('close', () => near.destroy());
  }

  /** Looks for what is to be held back; it may begin in one piece of the stream and end in the next. */
  private sieve(near: Socket, far: Socket): Transform {
    let tail = Buffer.alloc(0);
    return new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        const { watch } = this;
        if (watch === undefined) {
          tail = Buffer.alloc(0);
          return done(null, piece);
        }
        const seen = Buffer.concat([tail, piece]);
        if (!seen.includes(watch.bytes)) {
          tail = seen.subarray(Math.max(0, seen.length - watch.bytes.length + 1));
          return done(null, piece);
        }
        this.watch = undefined;
        watch.onFound({ near, far, piece });
      },
    });
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // A broken connection is what this proxy is for.
  }

  private dropAll(): void {
    // Not `resetAndDestroy`: it leaves the handle open for ever when the socket was just being shut down (Node 20).
    for (const socket of this.sockets) if (!this.severed.has(socket)) socket.destroy();
  }
}

interface Late {
  readonly chunk: Buffer;
  /** On the monotonic clock. */
  readonly dueAt: number;
}

const stamped = (due: () => number): Transform =>
  new Transform({
    readableObjectMode: true,
    transform: (chunk: Buffer, _encoding, next) => next(null, { chunk, dueAt: due() } satisfies Late),
  });

const heldUntilDue = (): Transform =>
  new Transform({
    writableObjectMode: true,
    transform: ({ chunk, dueAt }: Late, _encoding, next) => {
      const ms = dueAt - performance.now();
      if (ms <= 0) next(null, chunk);
      else setTimeout(() => next(null, chunk), ms);
    },
  });
