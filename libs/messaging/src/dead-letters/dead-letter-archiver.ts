import { Injectable, Logger } from '@nestjs/common';
import { Transactions } from '#database';
import { backoffMs, MicroBatcher, pause, Semaphore } from '#kernel';
import { ConnectionStatusLogger } from '../connection-status-logger.js';
import { EventCatalogue } from '../events/event-catalogue.js';
import { Transport, type Outcome } from '../transports/transport.js';
import { archiveDeadLetter } from './archive-dead-letter.js';
import type { RejectedMessage } from './rejected-message.js';

const BATCH_MAX = 50;
const PREFETCH = 20;
const RETRY_BASE_MS = 200;
const RETRY_MAX_MS = 30_000;

/**
 * Moves dead letters from the transport into PostgreSQL; they are settled once that has committed. While PostgreSQL is down they are kept
 * unsettled and tried again: given back they would count as crashes, and newer brokers delete what crashes too often.
 */
@Injectable()
export class DeadLetterArchiver {
  private readonly status = new ConnectionStatusLogger(
    new Logger(DeadLetterArchiver.name),
    'the archive of dead letters',
  );
  /** One connection: a flood of dead letters must not take those of the handlers. */
  private readonly batches = new MicroBatcher<RejectedMessage>((letters) => this.archive(letters), BATCH_MAX);
  /** For those whose batch has failed: one by one, so that none fails because of another. */
  private readonly semaphore = new Semaphore(1);

  constructor(
    private readonly transactions: Transactions,
    private readonly transport: Transport,
    private readonly catalogue: EventCatalogue,
  ) {}

  /** Archives the dead letters of all queues. Resolves once `until` aborts and every letter that was delivered is settled. */
  async consume(until: AbortSignal): Promise<void> {
    const deliver = (letter: RejectedMessage): Promise<Outcome> => this.archiveUntil(until, letter);
    const queues = [...this.catalogue.queues.keys()];
    await Promise.all(
      queues.map((queue) => this.transport.consumeRejected({ queue, prefetch: PREFETCH, until, deliver })),
    );
  }

  private async archiveUntil(until: AbortSignal, letter: RejectedMessage): Promise<Outcome> {
    for (let failures = 1; !until.aborted; failures += 1) {
      try {
        await (failures === 1 ? this.batches.add(letter) : this.semaphore.run(() => this.archive([letter])));
        this.status.up();
        return 'handled';
      } catch (error) {
        this.status.down(error);
        await pause(backoffMs(failures, RETRY_BASE_MS, RETRY_MAX_MS), until);
      }
    }
    return 'requeued';
  }

  private archive(letters: readonly RejectedMessage[]): Promise<void> {
    return this.transactions.run(async (tx) => {
      for (const letter of letters) await archiveDeadLetter(tx, letter);
    });
  }
}
