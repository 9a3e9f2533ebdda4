import type { EventCatalogue } from '../events/event-catalogue.js';
import type { ConsumedQueue, EventHandler } from './consumed-queue.js';
import type { ConsumerExtras } from './consumes.decorator.js';

const HANDLER_LIMIT_MS = 30_000;
const BATCH_MAX = 50;

/** The handlers of a process by their queues. One that could never work ends the start. */
export class RegisteredHandlers {
  private readonly byQueue = new Map<string, ConsumedQueue>();

  constructor(private readonly catalogue: EventCatalogue) {}

  get queues(): readonly ConsumedQueue[] {
    return [...this.byQueue.values()];
  }

  /** @throws when the handler would never get its event, or not as it asks for. */
  add(type: string, handle: EventHandler['handle'], extras: ConsumerExtras): void {
    const { queue, limitMs = HANDLER_LIMIT_MS } = extras;
    if (queue === undefined) throw new Error(`The handler of ${type} has no queue. Mark it with @Consumes.`);
    if (this.byQueue.has(queue)) throw new Error(`${type} has two handlers in ${queue}. Give one a queue of its own.`);
    this.assertRouted(type, queue);
    this.byQueue.set(queue, {
      name: queue,
      type,
      handler: { handle, limitMs, ...kindOf(queue, extras) } as EventHandler,
    });
  }

  private assertRouted(type: string, queue: string): void {
    const types = this.catalogue.queues.get(queue) ?? [];
    if (!types.includes(type)) {
      throw new Error(`${type} does not go to the queue ${queue}. Name the queue in the event's definition.`);
    }
    // Events of two types about one subject would overtake each other.
    if (types.length > 1) throw new Error(`${queue} gets ${types.join(' and ')}. Give each a queue of its own.`);
  }
}

function kindOf(queue: string, { batch, transaction }: ConsumerExtras): object {
  if (transaction === 'own') {
    if (batch !== undefined) throw new Error(`${queue} has transactions of its own, so it is not handled in batches.`);
    return { transaction };
  }
  const batchMax = batch ?? BATCH_MAX;
  if (!Number.isInteger(batchMax) || batchMax < 1)
    throw new Error(`${queue} cannot be handled in batches of ${batchMax}.`);
  return { batchMax };
}
