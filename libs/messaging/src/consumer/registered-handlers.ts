import type { EventCatalogue } from '../events/event-catalogue.js';
import type { ConsumedQueue, EventHandler } from './consumed-queue.js';
import type { ConsumerExtras } from './consumes.decorator.js';

const HANDLER_LIMIT_MS = 30_000;

/** The handlers of a process by their queues. What could never work ends the start. */
export class RegisteredHandlers {
  private readonly byQueue = new Map<string, Map<string, EventHandler>>();

  constructor(private readonly catalogue: EventCatalogue) {}

  /** @throws when a queue that asks for order would miss events, and wait for them for ever. */
  queues(): ConsumedQueue[] {
    for (const [queue, handlers] of this.byQueue) this.assertComplete(queue, handlers);
    return Array.from(this.byQueue, ([name, handlers]) => ({ name, handlers }));
  }

  /** @throws when the handler would never get its event, or not as it asks for. */
  add(type: string, handle: EventHandler['handle'], extras: ConsumerExtras): void {
    const { queue, limitMs = HANDLER_LIMIT_MS, batch, ordered, transaction } = extras;
    if (queue === undefined) throw new Error(`The handler of ${type} has no queue. Mark it with @Consumes.`);
    if (!this.catalogue.find(type)?.queues.includes(queue)) {
      throw new Error(`${type} does not go to the queue ${queue}. Name the queue in the event's definition.`);
    }
    const handlers = this.byQueue.get(queue) ?? new Map<string, EventHandler>();
    if (handlers.has(type)) throw new Error(`${type} has two handlers in ${queue}. Give one a queue of its own.`);
    if (batch !== undefined) this.assertBatchable(queue, batch, ordered);
    if (transaction === 'own' && (batch !== undefined || ordered === true)) {
      throw new Error(`${queue} is handled with transactions of its own, so neither in batches nor in order.`);
    }
    this.byQueue.set(queue, handlers.set(type, { handle, limitMs, ...kindOf(extras) } as EventHandler));
  }

  private assertComplete(queue: string, handlers: ReadonlyMap<string, EventHandler>): void {
    const ordered = [...handlers]
      .filter(([, handler]) => 'ordered' in handler && handler.ordered === true)
      .map(([type]) => type);
    const sources = new Set(ordered.map((type) => this.catalogue.find(type)?.source));
    const missing = this.catalogue.events.filter(({ source, type }) => sources.has(source) && !ordered.includes(type));
    if (missing.length === 0) return;
    const types = missing.map(({ type }) => type).join(', ');
    throw new Error(`${queue} is ordered, so it must get and handle in order also: ${types}.`);
  }

  /** With a batch a type, events about one subject would overtake each other. */
  private assertBatchable(queue: string, batch: number, ordered: boolean | undefined): void {
    if (!Number.isInteger(batch) || batch < 1) throw new Error(`${queue} cannot be handled in batches of ${batch}.`);
    if (ordered === true) throw new Error(`${queue} can be handled in batches or in order, not both.`);
    const types = this.catalogue.queues.get(queue) ?? [];
    if (types.length === 1) return;
    throw new Error(`${queue} is handled in batches and gets ${types.join(' and ')}. Give each a queue of its own.`);
  }
}

function kindOf({ batch, ordered, transaction }: ConsumerExtras): object {
  if (transaction === 'own') return { transaction };
  return batch === undefined ? { ordered } : { batchMax: batch };
}
