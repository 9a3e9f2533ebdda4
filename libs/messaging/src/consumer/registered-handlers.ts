import type { EventCatalogue } from '../event-catalogue.js';
import type { ConsumedQueue, EventHandler } from './consumed-queue.js';
import type { ConsumerExtras } from './consumes.decorator.js';

const HANDLER_LIMIT_MS = 30_000;

/** The handlers of a process by their queues. What could never work ends the start. */
export class RegisteredHandlers {
  private readonly byQueue = new Map<string, Map<string, EventHandler>>();

  constructor(private readonly catalogue: EventCatalogue) {}

  get queues(): ConsumedQueue[] {
    return Array.from(this.byQueue, ([name, handlers]) => ({ name, handlers }));
  }

  /** @throws when the handler would never get its event, or not as it asks for. */
  add(
    type: string,
    handle: EventHandler['handle'],
    { queue, limitMs = HANDLER_LIMIT_MS, batch }: ConsumerExtras,
  ): void {
    if (queue === undefined) throw new Error(`The handler of ${type} has no queue. Mark it with @Consumes.`);
    if (!this.catalogue.find(type)?.queues.includes(queue)) {
      throw new Error(`${type} does not go to the queue ${queue}. Name the queue in the event's definition.`);
    }
    const handlers = this.byQueue.get(queue) ?? new Map<string, EventHandler>();
    if (handlers.has(type)) throw new Error(`${type} has two handlers in ${queue}. Give one a queue of its own.`);
    if (batch !== undefined) this.assertOneType(queue);
    const handler = { handle, limitMs, ...(batch !== undefined && { batchMax: batch }) } as EventHandler;
    this.byQueue.set(queue, handlers.set(type, handler));
  }

  /** With a batch a type, events about one subject would overtake each other. */
  private assertOneType(queue: string): void {
    const types = this.catalogue.queues.get(queue) ?? [];
    if (types.length === 1) return;
    throw new Error(`${queue} is handled in batches and gets ${types.join(' and ')}. Give each a queue of its own.`);
  }
}
