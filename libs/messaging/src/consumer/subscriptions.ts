import { Injectable } from '@nestjs/common';
import { Broker } from '../transports/rabbitmq/broker.js';
import { deadLettersOf } from '../transports/rabbitmq/broker-names.js';
import { DeadLetterArchiver } from '../dead-letters/dead-letter-archiver.js';
import type { ConsumedQueue, ShutdownSignals } from './consumed-queue.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { MessageRunner } from './message-runner.js';
import { Subscription, type SubscriptionDependencies } from './subscription.js';

/** Everything that a process consumes. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly broker: Broker,
    private readonly runner: MessageRunner,
    private readonly archiver: DeadLetterArchiver,
    private readonly circuitBreakers: CircuitBreakers,
  ) {}

  /** To the queues that it has handlers for. */
  toEvents(queues: readonly ConsumedQueue[], stopping: ShutdownSignals): Subscription[] {
    return queues.map((queue) => this.to(queue, this.runner, stopping));
  }

  /** To the dead letters of queues, whoever handles those. */
  toDeadLetters(queues: Iterable<string>, stopping: ShutdownSignals): Subscription[] {
    return Array.from(queues, (queue) => {
      const runner: SubscriptionDependencies['runner'] = {
        run: (_deadLetters, message, stop) => this.archiver.archive(queue, message, stop),
      };
      return this.to({ name: deadLettersOf(queue), handlers: new Map() }, runner, stopping);
    });
  }

  private to(
    queue: ConsumedQueue,
    runner: SubscriptionDependencies['runner'],
    stopping: ShutdownSignals,
  ): Subscription {
    const circuitBreaker = this.circuitBreakers.of(queue.name);
    return new Subscription(queue, { broker: this.broker, runner, stopping, circuitBreaker });
  }
}
