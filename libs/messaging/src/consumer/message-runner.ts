import { Injectable, Logger } from '@nestjs/common';
import type { ConsumeMessage } from 'amqplib';
import { continueTrace, runInTrace } from '#observability';
import { readEvent, UnreadableMessage } from '../envelope.js';
import { EventCatalogue } from '../event-catalogue.js';
import type { ReceivedEvent } from '../event.js';
import { runInLineage } from '../lineage.js';
import { MessagingMetrics } from '../messaging-metrics.js';
import { pause } from '../pause.js';
import { reasonOf } from '../state-log.js';
import type { ConsumedQueue, EventHandler, Outcome, Stopping } from './consumed-queue.js';
import { FailedMessages } from './failed-messages.js';
import { progressOf, type Failure, type Progress } from './failure-headers.js';
import { HandlerRunner } from './handler-runner.js';
import { Lanes } from './lanes.js';
import type { NextStep } from './retry-policy.js';

/** Before a message that could not be sent on is taken again: the broker is in trouble and must not be asked at full speed. */
const REQUEUE_PAUSE_MS = 1_000;

/** The journey of one delivery, to its effect, the retry ladder, the dead letters, or back into its queue. */
@Injectable()
export class MessageRunner {
  private readonly logger = new Logger(MessageRunner.name);
  private readonly lanes = new Lanes();

  constructor(
    private readonly catalogue: EventCatalogue,
    private readonly handlers: HandlerRunner,
    private readonly failed: FailedMessages,
    private readonly metrics: MessagingMetrics,
  ) {}

  /** With every outcome but `requeued` the delivery is to be acknowledged. */
  async run(queue: ConsumedQueue, message: ConsumeMessage, stopping: Stopping): Promise<Outcome> {
    const header: unknown = message.properties.headers?.['traceparent'];
    const trace = continueTrace(typeof header === 'string' ? header : undefined);
    const outcome = await runInTrace(trace, () => this.journey(this.read(queue, message), stopping));
    this.metrics.consumed.inc({ queue: queue.name, outcome });
    if (outcome === 'duplicate') this.metrics.duplicates.inc();
    return outcome;
  }

  private journey(delivery: Readable | Unreadable, stopping: Stopping): Promise<Outcome> {
    if ('error' in delivery) return this.sendOn(delivery, delivery.error, { step: 'dead' }, stopping);
    const { source, subject, correlationId, id } = delivery.event;
    return runInLineage({ correlationId, causationId: id }, () =>
      this.lanes.run(`${delivery.queue}\n${source}\n${subject}`, () => this.handle(delivery, stopping)),
    );
  }

  private read(queue: ConsumedQueue, message: ConsumeMessage): Readable | Unreadable {
    const delivery = { queue: queue.name, message, ...progressOf(message) };
    try {
      const event = readEvent(message, this.catalogue);
      const handler = queue.handlers.get(event.type);
      if (!handler) throw new UnreadableMessage(`Nothing in ${queue.name} handles ${event.type}.`);
      return { ...delivery, event, handler };
    } catch (error) {
      return { ...delivery, attempts: delivery.attempts + 1, error };
    }
  }

  /** Tries until it succeeds or must be sent on. */
  private async handle(delivery: Readable, stopping: Stopping): Promise<Outcome> {
    const { queue, event, handler, rungs } = delivery;
    for (let failures = 0; ; failures += 1) {
      const attempt = delivery.attempts + failures + 1;
      const startedAt = performance.now();
      try {
        const outcome = await this.handlers.run({ queue, handler, event, attempt }, stopping);
        const ms = Math.round(performance.now() - startedAt);
        this.logger.debug({ msg: 'event consumed', ...labelsOf(delivery), attempt, outcome, ms });
        return outcome;
      } catch (error) {
        if (stopping.over.aborted) return 'requeued';
        const next = this.failed.nextStep(error, failures, rungs);
        if (next.step !== 'again') return this.sendOn({ ...delivery, attempts: attempt }, error, next, stopping);
        this.logger.warn({
          msg: 'handler failed, trying again',
          ...labelsOf(delivery),
          attempt,
          reason: reasonOf(error),
        });
        await pause(next.delayMs, stopping.over);
      }
    }
  }

  /** To the retry ladder or the dead letters. Only when the broker has that copy is the original given up. */
  private async sendOn(delivery: Delivery, error: unknown, next: SendOn, stopping: Stopping): Promise<Outcome> {
    const { message, queue, attempts, rungs } = delivery;
    const failure: Failure = { queue, error, progress: { attempts, rungs }, at: new Date() };
    const line = { ...labelsOf(delivery), attempt: attempts };
    const [sent, outcome] =
      next.step === 'later'
        ? [await this.failed.retryLater(message, failure, next.delaySeconds), 'later' as const]
        : [await this.failed.giveUp(message, failure), 'dead' as const];
    if (!sent) {
      this.logger.warn({ msg: 'failed message could not be sent on, it returns to its queue', ...line });
      await pause(REQUEUE_PAUSE_MS, stopping.over);
      return 'requeued';
    }
    if (next.step === 'dead') this.logger.error({ msg: 'message given up, it is in the dead letters', ...line }, error);
    else
      this.logger.warn({ msg: `handler failed, next try in ${next.delaySeconds} s`, ...line, reason: reasonOf(error) });
    return outcome;
  }
}

interface Delivery extends Progress {
  readonly queue: string;
  readonly message: ConsumeMessage;
}
interface Readable extends Delivery {
  readonly event: ReceivedEvent;
  readonly handler: EventHandler;
}
interface Unreadable extends Delivery {
  readonly error: unknown;
}
type SendOn = Exclude<NextStep, { step: 'again' }>;

function labelsOf({ queue, message }: Delivery): Record<string, unknown> {
  const { messageId, type, headers } = message.properties;
  return { queue, id: messageId, type, subject: headers?.['ce-subject'], sequence: headers?.['ce-sequence'] };
}
