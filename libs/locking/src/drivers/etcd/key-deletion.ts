import type { Etcd3 } from 'etcd3';
import { bytes } from './etcd-keys.js';
import type { EtcdNodes } from './etcd-nodes.js';

/**
 * Calls back once: when the key is deleted, or when the watch has failed. The watch starts at the current revision, and the key is read
 * once more when the watch stands: the server serves watches from an earlier revision only every 100 ms.
 *
 * @returns the function that ends the watch
 */
export function watchDeletion(nodes: EtcdNodes, name: string, deleted: () => void): () => void {
  let stream: Awaited<ReturnType<Etcd3['watchClient']['watch']>> | undefined;
  let ended = false;
  const end = () => {
    ended = true;
    stream?.end();
  };
  const notify = () => {
    if (ended) return;
    end();
    deleted();
  };
  const start = async () => {
    stream = await nodes.client.watchClient.watch();
    stream.on('error', notify);
    stream.on('end', notify);
    stream.on('data', ({ created, canceled, events }) => {
      if (canceled || events.length > 0) notify();
      else if (created) void lookUp();
    });
    if (ended) stream.end();
    else stream.write({ create_request: { key: bytes(name), filters: ['Noput'] } });
  };
  const lookUp = async () => {
    const range = { key: bytes(name), count_only: true };
    const { count } = await nodes.call((client, limit) => client.kv.range(range, limit)).catch(() => ({ count: '0' }));
    if (count === '0') notify();
  };
  start().catch(() => undefined); // The lock commands report the same failure, and every waiter asks again after a while.
  return end;
}
