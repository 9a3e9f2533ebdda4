import type { Etcd3, IWatchResponse } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { bytes } from './lock-transactions.js';

type WatchStream = Awaited<ReturnType<Etcd3['watchClient']['watch']>>;

interface Watch {
  readonly name: string;
  readonly gone: () => void;
}

/**
 * Tells when names disappear from the server, over one stream for the whole process. A watch starts from now and the name is looked up once
 * more when it stands: one that starts from an earlier revision is served by the server every 100 ms only.
 */
export class Disappearances {
  private readonly watches = new Map<string, Watch>();
  private stream: Promise<WatchStream> | undefined;
  private lastId = 0;

  constructor(private readonly nodes: EtcdNodes) {}

  /**
   * Calls back once: when the name is gone, or when this cannot be told any more.
   *
   * @returns what ends it
   */
  watch(name: string, gone: () => void): () => void {
    const id = String((this.lastId += 1));
    this.watches.set(id, { name, gone });
    void this.ask(id, name);
    return () => {
      if (this.watches.delete(id)) void this.cancel(id);
    };
  }

  async close(): Promise<void> {
    this.watches.clear();
    const stream = await this.stream?.catch(() => undefined);
    stream?.cancel();
  }

  private async ask(id: string, name: string): Promise<void> {
    try {
      const stream = await (this.stream ??= this.open());
      if (!this.watches.has(id)) return;
      stream.write({ create_request: { watch_id: id, key: bytes(name), filters: ['Noput'] } });
    } catch {
      // The calls for locks tell of the same server; who waits here asks again after a while anyway.
      this.stream = undefined;
    }
  }

  private async cancel(id: string): Promise<void> {
    const stream = await this.stream?.catch(() => undefined);
    stream?.write({ cancel_request: { watch_id: id } });
  }

  private async open(): Promise<WatchStream> {
    const stream = await this.nodes.client.watchClient.watch();
    let over = false;
    const ended = () => {
      if (over) return;
      over = true;
      this.stream = undefined;
      for (const id of this.watches.keys()) this.wake(id); // They ask again, and find a new stream.
    };
    stream.on('data', (answer) => this.hear(answer));
    stream.on('error', ended);
    stream.on('end', ended);
    return stream;
  }

  private hear({ watch_id: id, created, canceled, events }: IWatchResponse): void {
    if (created && !canceled) void this.lookUp(id);
    if (!canceled && events.length === 0) return;
    this.wake(id);
    if (!canceled) void this.cancel(id);
  }

  private async lookUp(id: string): Promise<void> {
    const name = this.watches.get(id)?.name;
    if (name === undefined) return;
    try {
      const range = { key: bytes(name), count_only: true };
      const { count } = await this.nodes.call((client, limit) => client.kv.range(range, limit));
      if (count !== '0' || !this.watches.has(id)) return;
    } catch {
      // Who waits finds out by asking.
    }
    this.wake(id);
    void this.cancel(id);
  }

  private wake(id: string): void {
    const watch = this.watches.get(id);
    this.watches.delete(id);
    watch?.gone();
  }
}
