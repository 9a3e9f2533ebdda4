import { Injectable, Logger } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
import { Transactions } from '#database';
import { backoffMs } from '#kernel';
import { Semaphore } from '../concurrency/semaphore.js';
import type { Outcome, ShutdownSignals } from '../consumer/consumed-queue.js';
import { pause } from '../concurrency/pause.js';
import { ConnectionStatusLogger } from '../connection-status-logger.js';
import { MicroBatcher } from '../concurrency/micro-batcher.js';
import { archiveDeadLetter } from './archive-dead-letter.js';
import { readDeadLetter, type ArrivedDeadLetter } from './parse-dead-letter.js';

const BATCH_MAX = 50;
const RETRY_BASE_MS = 200;
const RETRY_MAX_MS = 30_000;

/**
 * Moves dead letters from the broker into PostgreSQL; acknowledged once that has committed. While PostgreSQL is down they are kept
 * unacknowledged and tried again: given back, they would count as crashes, and newer brokers delete what crashes too often.
 */
@Injectable()
export class DeadLetterArchiver {
  private readonly state = new ConnectionStatusLogger(
    new Logger(DeadLetterArchiver.name),
    'the archive of dead letters',
  );
  /** One connection: a flood of dead letters must not take those of the handlers. */
  private readonly batches = new MicroBatcher<ArrivedDeadLetter>((letters) => this.file(letters), BATCH_MAX);
  /** For those whose batch has failed: one by one, so that none fails for another. */
  private readonly semaphore = new Semaphore(1);

  constructor(private readonly transactions: Transactions) {}

  /** @param queue logical name of the queue that the message died in */
  async archive(queue: string, message: ConsumeMessage, { draining }: ShutdownSignals): Promise<Outcome> {
    const arrived = readDeadLetter(queue, message);
    for (let failures = 1; !draining.aborted; failures += 1) {
      try {
        await (failures === 1 ? this.batches.add(arrived) : this.semaphore.run(() => this.file([arrived])));
        this.state.up();
        return 'handled';
      } catch (error) {
        this.state.down(error);
        await pause(backoffMs(failures, RETRY_BASE_MS, RETRY_MAX_MS), draining);
      }
    }
    return 'requeued';
  }

  private file(letters: readonly ArrivedDeadLetter[]): Promise<void> {
    return this.transactions.run(async (tx) => {
      for (const letter of letters) await archiveDeadLetter(tx, letter);
    });
  }
}
