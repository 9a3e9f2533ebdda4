import { setMaxListeners } from 'node:events';
import { pause } from '#kernel';
import type { Transport } from '../transports/transport.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { ConsumedQueue, ShutdownSignals } from './consumed-queue.js';
import type { MessageRunner } from './message-runner.js';

/** Messages of a queue that this process may have unsettled. */
const PREFETCH_MIN = 20;
/** While one batch is handled the next one can gather, and a third is on its way. */
const BATCHES_PREFETCHED = 3;

export interface QueueConsumerDependencies {
  readonly transport: Transport;
  readonly runner: Pick<MessageRunner, 'run'>;
  readonly breaker: CircuitBreaker;
}

/** Consumes one queue, as far as its circuit breaker allows, until the process drains and every delivery is settled. Never rejects. */
export async function consumeQueue(
  queue: ConsumedQueue,
  { transport, runner, breaker }: QueueConsumerDependencies,
  { draining, aborted }: ShutdownSignals,
): Promise<void> {
  while (!draining.aborted) {
    await pause(breaker.openForMs, draining);
    if (draining.aborted) return;
    const period = breaker.begin();
    const until = AbortSignal.any([draining, period.ended]);
    // Every delivery that waits for another try listens.
    setMaxListeners(0, until);
    await transport.consume({
      queue: queue.name,
      prefetch: period.halfOpen ? 1 : prefetchOf(queue),
      until,
      deliver: async (message) => {
        const outcome = await runner.run(queue, message, { draining: until, aborted });
        period.note(outcome);
        return outcome;
      },
    });
  }
}

function prefetchOf({ handler }: ConsumedQueue): number {
  return 'batchMax' in handler ? Math.max(PREFETCH_MIN, BATCHES_PREFETCHED * handler.batchMax) : PREFETCH_MIN;
}
