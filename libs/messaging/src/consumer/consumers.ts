import { Injectable } from '@nestjs/common';
import { DeadLetterArchiver } from '../dead-letters/dead-letter-archiver.js';
import { Transport } from '../transports/transport.js';
import { CircuitBreakers } from './circuit-breakers.js';
import type { ConsumedQueue, ShutdownSignals } from './consumed-queue.js';
import { MessageRunner } from './message-runner.js';
import { consumeQueue } from './queue-consumer.js';

/** Everything that a process consumes: the queues that it has handlers for, and the dead letters of all queues. */
@Injectable()
export class Consumers {
  constructor(
    private readonly transport: Transport,
    private readonly runner: MessageRunner,
    private readonly archiver: DeadLetterArchiver,
    private readonly circuitBreakers: CircuitBreakers,
  ) {}

  /** Resolves once the process drains and every delivery is settled. Never rejects. */
  async consume(queues: readonly ConsumedQueue[], signals: ShutdownSignals): Promise<void> {
    const { transport, runner } = this;
    await Promise.all([
      ...queues.map((queue) => {
        const breaker = this.circuitBreakers.of(queue.name);
        return consumeQueue(queue, { transport, runner, breaker }, signals);
      }),
      this.archiver.consume(signals.draining),
    ]);
  }

  async stop(): Promise<void> {
    await this.transport.stopConsuming();
  }
}
