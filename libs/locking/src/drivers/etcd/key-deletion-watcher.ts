import type { Etcd3, IWatchResponse } from 'etcd3';
import type { EtcdNodes } from './etcd-nodes.js';
import { bytes } from './lock-transactions.js';

type WatchStream = Awaited<ReturnType<Etcd3['watchClient']['watch']>>;

interface Watch {
  readonly name: string;
  readonly deleted: () => void;
}

/**
 * Notifies when keys are deleted on the server, over one stream for the whole process. A watch starts at the current revision, and the key
 * is read once more when the watch stands: the server serves watches from an earlier revision only every 100 ms.
 */
export class KeyDeletionWatcher {
  private readonly watches = new Map<string, Watch>();
  private stream: Promise<WatchStream> | undefined;
  private lastId = 0;

  constructor(private readonly nodes: EtcdNodes) {}

  /**
   * Calls back once: when the key is deleted, or when the watch has failed.
   *
   * @returns the function that ends the watch
   */
  watch(name: string, deleted: () => void): () => void {
    const id = String((this.lastId += 1));
    this.watches.set(id, { name, deleted });
    void this.create(id, name);
    return () => {
      if (this.watches.delete(id)) void this.cancel(id);
    };
  }

  async close(): Promise<void> {
    this.watches.clear();
    const stream = await this.stream?.catch(() => undefined);
    stream?.cancel();
  }

  private async create(id: string, name: string): Promise<void> {
    try {
      const stream = await (this.stream ??= this.open());
      if (!this.watches.has(id)) return;
      stream.write({ create_request: { watch_id: id, key: bytes(name), filters: ['Noput'] } });
    } catch {
      // The lock commands report the same failure, and every waiter asks again after a while.
      this.stream = undefined;
    }
  }

  private async cancel(id: string): Promise<void> {
    const stream = await this.stream?.catch(() => undefined);
    stream?.write({ cancel_request: { watch_id: id } });
  }

  private async open(): Promise<WatchStream> {
    const stream = await this.nodes.client.watchClient.watch();
    let hasEnded = false;
    const ended = () => {
      if (hasEnded) return;
      hasEnded = true;
      this.stream = undefined;
      for (const id of this.watches.keys()) this.notify(id); // They ask again, on a new stream.
    };
    stream.on('data', (response) => this.receive(response));
    stream.on('error', ended);
    stream.on('end', ended);
    return stream;
  }

  private receive({ watch_id: id, created, canceled, events }: IWatchResponse): void {
    if (created && !canceled) void this.lookUp(id);
    if (!canceled && events.length === 0) return;
    this.notify(id);
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
      // Every waiter asks again after a while.
    }
    this.notify(id);
    void this.cancel(id);
  }

  private notify(id: string): void {
    const watch = this.watches.get(id);
    this.watches.delete(id);
    watch?.deleted();
  }
}
