import { AsyncLocalStorage } from 'node:async_hooks';

/** What the event being handled hands on to the events that its handling states. */
export interface Lineage {
  readonly correlationId: string;
  /** Id of the event being handled. */
  readonly causationId: string;
}

const storage = new AsyncLocalStorage<Lineage>();

export const currentLineage = (): Lineage | undefined => storage.getStore();

export const runInLineage = <T>(lineage: Lineage, work: () => T): T => storage.run(lineage, work);
