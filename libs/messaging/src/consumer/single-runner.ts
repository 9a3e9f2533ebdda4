import { Injectable, Logger } from '@nestjs/common';
import { messageContextOf, runInMessageContext } from '../events/message-context.js';
import { pause } from '../concurrency/pause.js';
import { reasonOf } from '../connection-status-logger.js';
import type { CommittingHandler, DeliverySignals, Outcome, SingleHandler } from './consumed-queue.js';
import { labelsOf, type ReadableDelivery, type UnreadableDelivery } from './delivery.js';
import { FailedMessages } from './failed-messages.js';
import { HandlerRunner, type TryOutcome } from './handler-runner.js';
import { KeyedQueue } from '../concurrency/keyed-queue.js';

type OneByOne = ReadableDelivery<SingleHandler | CommittingHandler>;

/** Handles events one by one; those about one subject one after another. */
@Injectable()
export class SingleRunner {
  private readonly logger = new Logger(SingleRunner.name);
  private readonly lanes = new KeyedQueue();

  constructor(
    private readonly handlers: HandlerRunner,
    private readonly failed: FailedMessages,
  ) {}

  run(delivery: OneByOne, stopping: DeliverySignals): Promise<Outcome> {
    const { source, subject } = delivery.event;
    return runInMessageContext(messageContextOf(delivery.event), () =>
      this.lanes.run(`${delivery.queue}\n${source}\n${subject}`, () => this.handle(delivery, stopping)),
    );
  }

  /** What cannot be understood now cannot be understood later either. */
  giveUp(delivery: UnreadableDelivery, stopping: DeliverySignals): Promise<Outcome> {
    return this.failed.sendOn(delivery, delivery.error, { step: 'rejected' }, stopping);
  }

  /** Tries until it succeeds or must be sent on. */
  private async handle(delivery: OneByOne, stopping: DeliverySignals): Promise<Outcome> {
    for (let failures = 0; ; failures += 1) {
      const attempt = delivery.attempts + failures + 1;
      const startedAt = performance.now();
      try {
        const outcome = await this.attempt(delivery, attempt, stopping);
        const ms = Math.round(performance.now() - startedAt);
        this.logger.debug({ msg: 'event consumed', ...labelsOf(delivery), attempt, outcome, ms });
        return outcome;
      } catch (error) {
        if (stopping.over.aborted) return 'requeued';
        const next = this.failed.nextStep(error, failures, delivery.retryLevel);
        if (next.step !== 'again') {
          return this.failed.sendOn({ ...delivery, attempts: attempt }, error, next, stopping);
        }
        const line = { ...labelsOf(delivery), attempt, reason: reasonOf(error) };
        this.logger.warn({ msg: 'handler failed, trying again', ...line });
        await pause(next.delayMs, stopping.over);
      }
    }
  }

  private attempt(delivery: OneByOne, attempt: number, stopping: DeliverySignals): Promise<TryOutcome> {
    const { handler } = delivery;
    return 'transaction' in handler
      ? this.handlers.runCommitting({ ...delivery, handler, attempt }, stopping)
      : this.handlers.run({ ...delivery, handler, attempt }, stopping);
  }
}
