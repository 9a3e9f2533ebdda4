import { Injectable } from '@nestjs/common';
import { Broker } from '../amqp/broker.js';
import { deadLettersOf } from '../amqp/broker-names.js';
import { DeadLetterArchiver } from '../dead-letters/dead-letter-archiver.js';
import type { ConsumedQueue, Stopping } from './consumed-queue.js';
import { KillSwitches } from './kill-switches.js';
import { MessageRunner } from './message-runner.js';
import { Subscription, type Machinery } from './subscription.js';

/** Everything that a process consumes. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly broker: Broker,
    private readonly runner: MessageRunner,
    private readonly archiver: DeadLetterArchiver,
    private readonly killSwitches: KillSwitches,
  ) {}

  /** To the queues that it has handlers for. */
  toEvents(queues: readonly ConsumedQueue[], stopping: Stopping): Subscription[] {
    return queues.map((queue) => this.to(queue, this.runner, stopping));
  }

  /** To the dead letters of queues, whoever handles those. */
  toDeadLetters(queues: Iterable<string>, stopping: Stopping): Subscription[] {
    return Array.from(queues, (queue) => {
      const runner: Machinery['runner'] = {
        run: (_deadLetters, message, stop) => this.archiver.archive(queue, message, stop),
      };
      return this.to({ name: deadLettersOf(queue), handlers: new Map() }, runner, stopping);
    });
  }

  private to(queue: ConsumedQueue, runner: Machinery['runner'], stopping: Stopping): Subscription {
    const killSwitch = this.killSwitches.of(queue.name);
    return new Subscription(queue, { broker: this.broker, runner, stopping, killSwitch });
  }
}
