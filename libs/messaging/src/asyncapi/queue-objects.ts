import type { BrokerNames } from '../transports/rabbitmq/broker-names.js';
import { IMMEDIATE_DELAYS_MS } from '../consumer/retry-policy.js';
import { BINDING, channelRef } from './event-objects.js';
import type { Json } from './json-schema.js';

/** A queue of this program and the types of event that are routed to it. */
export interface QueueOfEvents {
  readonly queue: string;
  readonly types: readonly string[];
}

/** Where it is consumed from. */
export function queueChannel({ queue, types }: QueueOfEvents, names: BrokerNames): Json {
  const name = names.queue(queue);
  return {
    address: name,
    title: queue,
    description: `Queue of the module ${moduleOf(queue)}, bound to \`${names.events}\` with ${code(types)}.`,
    servers: [{ $ref: '#/servers/rabbitmq' }],
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      amqp: { is: 'queue', queue: { name, durable: true, exclusive: false, autoDelete: false }, ...BINDING },
    },
    'x-queue-type': 'quorum',
    'x-dead-letter-queue': names.deadLetters(queue),
  };
}

export function receiveOperation(
  { queue, types }: QueueOfEvents,
  names: BrokerNames,
  retryDelaysSeconds: readonly number[],
): Json {
  const retryQueues = retryDelaysSeconds.map((delay) => names.retry(delay));
  return {
    action: 'receive',
    channel: { $ref: channelRef(queue) },
    summary: `The module ${moduleOf(queue)} handles ${code(types)}.`,
    description:
      `Once an event: what it does commits together with a note of the message's id. A try that fails is repeated after ` +
      `${IMMEDIATE_DELAYS_MS.join(' and ')} ms; then the message waits in ${code(retryQueues)} in turn, with as many tries after each. ` +
      `After the last, or at once when it cannot be read, it goes to \`${names.deadLetters(queue)}\` with its error in \`x-\` headers.`,
    tags: [{ name: moduleOf(queue) }],
    messages: types.map((type) => ({ $ref: `${channelRef(queue)}/messages/${type}` })),
    bindings: { amqp: { ack: true, ...BINDING } },
    'x-retry-delays-seconds': retryDelaysSeconds,
  };
}

const moduleOf = (queue: string): string => queue.slice(0, queue.indexOf('.'));

const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
