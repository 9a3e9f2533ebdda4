import { Injectable, Logger } from '@nestjs/common';
import { databaseFailure } from '#database';
import { KeyedMutex, MicroBatcher, pause, Semaphore } from '#kernel';
import { currentTrace, newTrace, rememberTrace, runInTrace, type Trace } from '#observability';
import { reasonOf } from '../error-text.js';
import { messageContextOf, runInMessageContext } from '../events/message-context.js';
import type { Outcome } from '../transports/transport.js';
import { labelsOf, mayBegin, type EventDelivery, type EventHandler } from './consumed-queue.js';
import { FailedMessages } from './failed-messages.js';
import { EventsFailed } from './failures.js';
import { HandlerRunner, type Deliveries } from './handler-runner.js';

/** Tries of isolated messages of one queue at once: a queue in trouble must leave connections to the others. */
const ISOLATED_TRIES_MAX = 2;

/** One delivery in a batch. */
interface Member extends EventDelivery {
  readonly trace: Trace;
  /** Tries of this delivery that failed and were due to this message. */
  failures: number;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
  readonly settled: Promise<Outcome>;
}

/** A failed try. What was thrown can be anything, also undefined. */
interface FailedTry {
  readonly members: readonly Member[];
  readonly error: unknown;
}

/**
 * Runs handlers with batches of events. A batch that fails is isolated, and the next batch does not wait for it. The messages that the
 * handler names have failed, and the others are tried again without them. If the handler names none, each message is tried alone once, and
 * only those that fail again have failed. A failed message counts a try, and is tried alone from then on, also when it comes back from
 * a retry level. Messages about the subject of an isolated one wait behind it, so that they do not overtake it.
 */
@Injectable()
export class BatchRunner {
  private readonly logger = new Logger(BatchRunner.name);
  private readonly batchers = new Map<EventHandler, MicroBatcher<Member>>();
  /** Isolated messages, by queue and subject. */
  private readonly isolated = new KeyedMutex();
  /** By queue. */
  private readonly semaphores = new Map<string, Semaphore>();

  constructor(
    private readonly handlers: HandlerRunner,
    private readonly failed: FailedMessages,
  ) {}

  run(delivery: EventDelivery): Promise<Outcome> {
    const { handler } = delivery;
    const member = memberOf(delivery);
    if ('transaction' in handler) this.isolate(member);
    else {
      const batcher =
        this.batchers.get(handler) ??
        new MicroBatcher((members: readonly Member[]) => this.process(members), handler.batchMax);
      this.batchers.set(handler, batcher);
      batcher.add(member).catch(member.fail);
    }
    return member.settled;
  }

  /** Returns when each of them is settled or isolated. */
  private async process(all: readonly Member[]): Promise<void> {
    const members = this.thatMayBegin(all);
    const failedBefore = new Set(members.filter(({ message }) => message.tries > 0).map(keyOf));
    const mustWait = (member: Member): boolean => failedBefore.has(keyOf(member)) || this.isolated.has(keyOf(member));
    const [batch, others] = [members.filter((member) => !mustWait(member)), members.filter(mustWait)];
    for (const member of others) this.isolate(member);
    await this.attempt(batch).catch((error: unknown) => this.isolateBatch({ members: batch, error }));
  }

  private isolate(member: Member): void {
    this.isolated.run(keyOf(member), () => this.runAlone([member], new Map())).catch(member.fail);
  }

  private isolateBatch(failure: FailedTry): void {
    const { members, error } = failure;
    if (members.length > 1) {
      const line = { queue: members[0]?.message.queue, events: members.length, reason: reasonOf(error) };
      this.logger.warn({ msg: 'batch failed, it is isolated and tried again', ...line });
    }
    for (const member of members) void this.isolated.run(keyOf(member), () => Promise.allSettled([member.settled]));
    this.recover(failure).catch((unexpected: unknown) => {
      for (const { fail } of members) fail(unexpected);
    });
  }

  private async recover({ members, error }: FailedTry): Promise<void> {
    const errors = errorsOf(error, members);
    if (isUnavailable(error)) {
      const again = await Promise.all(members.map((member) => this.countTry(member, error)));
      return this.tryTogether(members.filter((_, place) => again[place]));
    }
    const named = new Set(members.filter(({ event }) => errors.has(event.id)).map(keyOf));
    const isAlone = (member: Member): boolean => named.size === 0 || named.has(keyOf(member));
    const together = members.filter((member) => !isAlone(member));
    await Promise.all([
      ...bySubject(members.filter(isAlone)).map((about) => this.runAlone(about, errors)),
      this.tryTogether(together),
    ]);
  }

  private async tryTogether(members: readonly Member[]): Promise<void> {
    const failure = await this.tryAgain(members);
    if (failure) await this.recover(failure);
  }

  /**
   * Tries them one after another, each until it is settled. They are about one subject.
   *
   * @param errors of those whose last try has just failed, by event id. A copy of such a message has not failed itself.
   */
  private async runAlone(members: readonly Member[], errors: Map<string, unknown>): Promise<void> {
    for (const member of members) {
      const { id } = member.event;
      let failure: { readonly error: unknown } | undefined = errors.has(id) ? { error: errors.get(id) } : undefined;
      errors.delete(id);
      failure ??= await this.tryAgain([member]);
      while (failure && (await this.countTry(member, failure.error))) failure = await this.tryAgain([member]);
    }
  }

  private async tryAgain(all: readonly Member[]): Promise<FailedTry | undefined> {
    const [first] = all;
    if (!first) return undefined;
    const attempt = async (): Promise<FailedTry | undefined> => {
      const members = this.thatMayBegin(all);
      return this.attempt(members).then(
        () => undefined,
        (error: unknown) => ({ members, error }),
      );
    };
    // A handler with its own transaction waits for others most of the time, and holds no connection then.
    if ('transaction' in first.handler) return attempt();
    const { queue } = first.message;
    const semaphore = this.semaphores.get(queue) ?? new Semaphore(ISOLATED_TRIES_MAX);
    this.semaphores.set(queue, semaphore);
    return semaphore.run(attempt);
  }

  /** One try of all of them. A copy of a message shares its try. */
  private async attempt(members: readonly Member[]): Promise<void> {
    const [first, ...others] = eachOnce(members);
    if (!first) return;
    const startedAt = performance.now();
    const effect = await inContextOf([first, ...others], (deliveries) => this.handlers.run(deliveries));
    const ms = Math.round(performance.now() - startedAt);
    this.logger.debug({ msg: 'events consumed', queue: first.message.queue, events: members.length, ms });
    const handled = new Set(effect === 'requeued' ? [] : effect);
    for (const { settle, event } of members) {
      if (effect === 'requeued') settle('requeued');
      else settle(handled.delete(event.id) ? 'handled' : 'duplicate');
    }
  }

  /** Counts a try that failed because of this message. Returns whether it is tried again; otherwise it is settled. */
  private async countTry(member: Member, error: unknown): Promise<boolean> {
    const { message, signals, trace } = member;
    if (signals.aborted.aborted) {
      member.settle('requeued');
      return false;
    }
    const next = this.failed.nextStep(error, member.failures, message.retryLevel);
    member.failures += 1;
    const tries = message.tries + member.failures;
    return runInTrace(trace, async () => {
      if (next.step !== 'again') {
        member.settle(await this.failed.sendOn(member, { error, tries, at: new Date() }, next));
        return false;
      }
      this.logger.warn({ msg: 'handler failed, trying again', ...labelsOf(message), tries, reason: reasonOf(error) });
      await pause(next.delayMs, signals.aborted);
      return true;
    });
  }

  /** Gives the others back. */
  private thatMayBegin(members: readonly Member[]): Member[] {
    for (const member of members) if (!mayBegin(member)) member.settle('requeued');
    return members.filter(mayBegin);
  }
}

function memberOf(delivery: EventDelivery): Member {
  const trace = currentTrace() ?? newTrace();
  rememberTrace(delivery.event, trace);
  let [settle, fail]: [Member['settle'], Member['fail']] = [() => undefined, () => undefined];
  const settled = new Promise<Outcome>((resolve, reject) => ([settle, fail] = [resolve, reject]));
  return { ...delivery, trace, failures: 0, settle, fail, settled };
}

const keyOf = ({ message, event }: Member): string => `${message.queue}\n${event.source}\n${event.subject}`;

function eachOnce(members: readonly Member[]): Member[] {
  const ids = new Set<string>();
  return members.filter(({ event }) => !ids.has(event.id) && ids.add(event.id));
}

function bySubject(members: readonly Member[]): Member[][] {
  const subjects = new Map<string, Member[]>();
  for (const member of members) {
    const about = subjects.get(keyOf(member));
    if (about) about.push(member);
    else subjects.set(keyOf(member), [member]);
  }
  return [...subjects.values()];
}

/** The errors of those that are known to have failed, by event id. */
function errorsOf(error: unknown, members: readonly Member[]): Map<string, unknown> {
  const ids = [...new Set(members.map(({ event }) => event.id))];
  const named = error instanceof EventsFailed ? ids.filter((id) => error.errorById.has(id)) : [];
  if (error instanceof EventsFailed && named.length > 0)
    return new Map(named.map((id) => [id, error.errorById.get(id)]));
  return new Map(ids.length === 1 ? ids.map((id) => [id, error]) : []);
}

/** Without a database every message fails, and trying each alone would only take longer. */
const isUnavailable = (error: unknown): boolean => databaseFailure(error) === 'unavailable';

/** Log lines of a batch cannot carry the traces of all its events; those of a single one can. */
function inContextOf<T>(members: readonly [Member, ...Member[]], work: (deliveries: Deliveries) => Promise<T>) {
  const [first, ...others] = members;
  if (others.length > 0) return runInTrace(newTrace(), () => work(members));
  return runInTrace(first.trace, () => runInMessageContext(messageContextOf(first.event), () => work(members)));
}
