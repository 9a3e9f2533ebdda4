import { Injectable } from '@nestjs/common';
import { Broker } from '../amqp/broker.js';
import { deadLettersOf } from '../amqp/broker-names.js';
import { DeadLetterArchiver } from '../dead-letters/dead-letter-archiver.js';
import { EventCatalogue } from '../event-catalogue.js';
import type { ConsumedQueue, Stopping } from './consumed-queue.js';
import { MessageRunner } from './message-runner.js';
import { Subscription } from './subscription.js';

/** Everything that a process consumes. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly broker: Broker,
    private readonly catalogue: EventCatalogue,
    private readonly runner: MessageRunner,
    private readonly archiver: DeadLetterArchiver,
  ) {}

  /** To the queues that it has handlers for, and to the dead letters of all queues, whoever handles those. */
  of(queues: readonly ConsumedQueue[], stopping: Stopping): Subscription[] {
    const { broker, runner } = this;
    return [
      ...queues.map((queue) => new Subscription(queue, { broker, runner, stopping })),
      ...[...this.catalogue.queues.keys()].map((name) => this.ofDeadLetters(name, stopping)),
    ];
  }

  private ofDeadLetters(queue: string, stopping: Stopping): Subscription {
    const deadLetters: ConsumedQueue = { name: deadLettersOf(queue), handlers: new Map() };
    const runner: Pick<MessageRunner, 'run'> = {
      run: (_deadLetters, message, stop) => this.archiver.archive(queue, message, stop),
    };
    return new Subscription(deadLetters, { broker: this.broker, runner, stopping });
  }
}
