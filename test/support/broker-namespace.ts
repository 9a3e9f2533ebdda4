import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { loadConfig } from '#config';
import { events } from '#contracts';

/** Short, so that a message which must be retried comes back within the patience of a test. */
const RETRY_DELAYS_SECONDS = [1, 5];

export interface BrokerNamespace {
  readonly name: string;
  /** Settings that keep a shop inside it. */
  readonly env: Readonly<Record<string, string>>;
  /** Deletes its exchanges and queues with everything in them. */
  remove(): Promise<void>;
}

/** Exchanges and queues of the caller's own, on the broker that everybody shares or the one that these settings name. */
export function brokerNamespace(env: Readonly<Record<string, string>> = {}): BrokerNamespace {
  const name = `test-${randomBytes(6).toString('hex')}`;
  return {
    name,
    env: { RABBITMQ_NAMESPACE: name, RETRY_DELAYS_SECONDS: RETRY_DELAYS_SECONDS.join(',') },
    remove: () => removeAll(name, loadConfig({ ...process.env, ...env }).RABBITMQ_URLS[0]!),
  };
}

async function removeAll(namespace: string, url: string): Promise<void> {
  const queues = new Set(events.flatMap((event) => event.queues));
  const retryQueues = RETRY_DELAYS_SECONDS.map((seconds) => `retry.${seconds}s`);
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const queue of [...queues].flatMap((base) => [base, `${base}.dlq`])) {
    await channel.deleteQueue(`${namespace}.${queue}`);
  }
  for (const queue of retryQueues) await channel.deleteQueue(`${namespace}.${queue}`);
  for (const exchange of ['events', ...retryQueues]) await channel.deleteExchange(`${namespace}.${exchange}`);
  await connection.close();
}
