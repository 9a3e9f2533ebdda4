import type { EventDefinition } from './event.js';

/** The events that this program knows, by type and by queue. */
export class EventCatalogue {
  private readonly byType: ReadonlyMap<string, EventDefinition>;

  /** @throws when two definitions have the same type: one of them would never be validated. */
  constructor(readonly events: readonly EventDefinition[]) {
    this.byType = new Map(events.map((event) => [event.type, event]));
    if (this.byType.size !== events.length) throw new Error('Two events have the same type. Give one a new version.');
  }

  find(type: string): EventDefinition | undefined {
    return this.byType.get(type);
  }

  /** Every queue, with the types that are routed to it. */
  get queues(): ReadonlyMap<string, readonly string[]> {
    const queues = new Map<string, string[]>();
    for (const { type, queues: names } of this.events) {
      for (const name of names) queues.set(name, [...(queues.get(name) ?? []), type]);
    }
    return queues;
  }
}
