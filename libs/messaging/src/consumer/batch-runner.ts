import { Injectable, Logger } from '@nestjs/common';
import { databaseFailure } from '#database';
import { currentTrace, newTrace, runInTrace, type Trace } from '#observability';
import { messageContextOf, rememberTrace, runInMessageContext } from '../events/message-context.js';
import { pause } from '../concurrency/pause.js';
import { reasonOf } from '../connection-status-logger.js';
import { MicroBatcher } from '../concurrency/micro-batcher.js';
import type { BatchHandler, DeliverySignals, Outcome } from './consumed-queue.js';
import { labelsOf, type ReadableDelivery } from './delivery.js';
import { EventsFailed } from './events-failed.js';
import { FailedMessages } from './failed-messages.js';
import { Semaphore } from '../concurrency/semaphore.js';
import { HandlerRunner } from './handler-runner.js';
import { KeyedQueue } from '../concurrency/keyed-queue.js';

/** Tries at a time of what has gone aside from one queue: a queue in trouble must leave connections to the others. */
const ASIDE_MAX = 2;

/**
 * Whom a failure is due to is looked for in so many parts. Halves fail twice as often before one is found, and of many small parts
 * each needs a transaction.
 */
const PARTS = 4;

/** One message's part in a batch. */
interface Member extends ReadableDelivery<BatchHandler> {
  readonly stopping: DeliverySignals;
  readonly trace: Trace;
  /** Tries of this delivery that failed and were its own fault. */
  failures: number;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
  readonly settled: Promise<Outcome>;
}

/** A try of these that failed. */
interface Failure {
  readonly members: readonly Member[];
  readonly error: unknown;
}

/**
 * Runs batches. A batch that fails goes aside, and the next one does not wait for it. It blames nobody: it is taken apart until the failure is
 * about one subject or is named by the handler, and only then a try is counted, with the same tries, ladder and dead letters as for
 * messages that are handled one by one. Who is to blame goes on alone, and so does whoever comes back from the ladder: others need not
 * wait for it, nor fail with it again. What is about the same subject as somebody aside goes behind it, so that it is not overtaken.
 */
@Injectable()
export class BatchRunner {
  private readonly logger = new Logger(BatchRunner.name);
  private readonly lines = new Map<BatchHandler, MicroBatcher<Member>>();
  /** Those who have gone aside, by queue and subject. */
  private readonly sidings = new KeyedQueue();
  /** By queue. */
  private readonly semaphores = new Map<string, Semaphore>();

  constructor(
    private readonly handlers: HandlerRunner,
    private readonly failed: FailedMessages,
  ) {}

  run(delivery: ReadableDelivery<BatchHandler>, stopping: DeliverySignals): Promise<Outcome> {
    const { handler } = delivery;
    const trace = currentTrace() ?? newTrace();
    rememberTrace(delivery.event, trace);
    const line =
      this.lines.get(handler) ??
      new MicroBatcher((members: readonly Member[]) => this.process(members), handler.batchMax);
    this.lines.set(handler, line);
    let [settle, fail]: [Member['settle'], Member['fail']] = [() => undefined, () => undefined];
    const settled = new Promise<Outcome>((resolve, reject) => ([settle, fail] = [resolve, reject]));
    line.add({ ...delivery, stopping, trace, failures: 0, settle, fail, settled }).catch(fail);
    return settled;
  }

  /** Returns when each of them has been settled, or has gone aside. A copy of a message comes after the first one: the inbox decides then. */
  private async process(all: readonly Member[]): Promise<void> {
    // First of all: a copy of one that cannot be handled any more comes in its place, and not after those behind it.
    const members = this.withoutDraining(all);
    const ids = new Set<string>();
    const [firsts, copies]: [Member[], Member[]] = [[], []];
    for (const member of members) {
      (ids.has(member.event.id) ? copies : firsts).push(member);
      ids.add(member.event.id);
    }
    const failedBefore = new Set(firsts.filter(({ attempts }) => attempts > 0).map(sidingOf));
    const line = firsts.filter((member) => !this.goesAlone(member, failedBefore));
    await this.attempt(line).catch((error: unknown) => this.goAside(line, error));
    if (copies.length > 0) await this.process(copies);
  }

  /** Whether it goes aside by itself: it has failed before, or must not overtake somebody who has, nor be overtaken. */
  private goesAlone(member: Member, failedBefore: ReadonlySet<string>): boolean {
    const siding = sidingOf(member);
    if (!failedBefore.has(siding) && !this.sidings.has(siding)) return false;
    this.sidings.run(siding, () => this.alone([member])).catch(member.fail);
    return true;
  }

  private goAside(members: readonly Member[], error: unknown): void {
    const [first] = members;
    const line = { queue: first?.queue, events: members.length, reason: reasonOf(error) };
    if (members.length > 1) this.logger.warn({ msg: 'batch failed, it is tried again in parts', ...line });
    for (const member of members) void this.sidings.run(sidingOf(member), () => Promise.allSettled([member.settled]));
    this.part(members, error).catch((failure: unknown) => {
      for (const { fail } of members) fail(failure);
    });
  }

  /** Tries each subject that is to blame alone, and the others together. */
  private async part(members: readonly Member[], error: unknown): Promise<void> {
    const blamed = blamedFor(error, members);
    if (isShared(error)) return this.again(await this.judge(members, blamed));
    const subjects = bySubject(members);
    if (subjects.length === 1) return this.alone(members, blamed);
    if (blamed.size === 0) return this.search(subjects);
    const isToBlame = (about: readonly Member[]): boolean => about.some(({ event }) => blamed.has(event.id));
    const others = subjects.filter((about) => !isToBlame(about)).flat();
    await Promise.all([...subjects.filter(isToBlame).map((about) => this.alone(about, blamed)), this.again(others)]);
  }

  /**
   * Tries a part after another until one fails, and then the rest together. If none has failed it is the last one, which need not fail
   * once more to be taken apart.
   */
  private async search(subjects: readonly Member[][]): Promise<void> {
    const size = Math.ceil(subjects.length / PARTS);
    let rest = subjects;
    while (rest.length > size) {
      const [part, others] = [rest.slice(0, size).flat(), rest.slice(size)];
      const failure = await this.tryAgain(part);
      if (failure) {
        await Promise.all([this.again(others.flat()), this.part(failure.members, failure.error)]);
        return;
      }
      rest = others;
    }
    await (rest.length === 1 ? this.alone(rest.flat()) : this.search(rest));
  }

  /** Tries one after another, each with the error it has just failed by, if so. They are about one subject. */
  private async alone(members: readonly Member[], errors: ReadonlyMap<string, unknown> = new Map()): Promise<void> {
    for (const member of members) {
      await this.again(errors.has(member.event.id) ? await this.judge([member], errors) : [member]);
    }
  }

  private async again(members: readonly Member[]): Promise<void> {
    const failure = await this.tryAgain(members);
    if (failure) await this.part(failure.members, failure.error);
  }

  private async tryAgain(all: readonly Member[]): Promise<Failure | undefined> {
    const members = this.withoutDraining(all);
    const [first] = members;
    if (!first) return undefined;
    const semaphore = this.semaphores.get(first.queue) ?? new Semaphore(ASIDE_MAX);
    this.semaphores.set(first.queue, semaphore);
    return semaphore.run(() =>
      this.attempt(members).then(
        () => undefined,
        (error: unknown) => ({ members, error }),
      ),
    );
  }

  private async attempt(members: readonly Member[]): Promise<void> {
    const [first] = members;
    if (!first) return;
    const { queue, handler, stopping } = first;
    const startedAt = performance.now();
    const fresh = await inContextOf(members, () =>
      this.handlers.runBatch({ queue, handler, events: members.map(({ event }) => event) }, stopping),
    );
    const ms = Math.round(performance.now() - startedAt);
    this.logger.debug({ msg: 'events consumed', queue, events: members.length, ms });
    for (const { settle, event } of members) {
      if (fresh === 'requeued') settle('requeued');
      else settle(fresh.has(event.id) ? 'handled' : 'duplicate');
    }
  }

  /** Each has used up a try: it goes on or stays. Returns what is to be tried next. */
  private async judge(members: readonly Member[], errors: ReadonlyMap<string, unknown>): Promise<Member[]> {
    let delayMs = 0;
    const stay = await Promise.all(
      members.map(async (member) => {
        if (member.stopping.over.aborted) {
          member.settle('requeued');
          return false;
        }
        const error = errors.get(member.event.id);
        const next = this.failed.nextStep(error, member.failures, member.retryLevel);
        member.failures += 1;
        const attempts = member.attempts + member.failures;
        return runInTrace(member.trace, async () => {
          if (next.step !== 'again') {
            member.settle(await this.failed.sendOn({ ...member, attempts }, error, next, member.stopping));
            return false;
          }
          delayMs = Math.max(delayMs, next.delayMs);
          const line = { ...labelsOf(member), attempt: attempts, reason: reasonOf(error) };
          this.logger.warn({ msg: 'handler failed, trying again', ...line });
          return true;
        });
      }),
    );
    if (delayMs > 0) await pause(delayMs, members[0]?.stopping.over);
    return members.filter((_, place) => stay[place]);
  }

  private withoutDraining(members: readonly Member[]): Member[] {
    for (const { stopping, settle } of members) if (stopping.draining.aborted) settle('requeued');
    return members.filter(({ stopping }) => !stopping.draining.aborted);
  }
}

const sidingOf = ({ queue, event }: Member): string => `${queue}\n${event.source}\n${event.subject}`;

function bySubject(members: readonly Member[]): Member[][] {
  const subjects = new Map<string, Member[]>();
  for (const member of members) {
    const about = subjects.get(sidingOf(member));
    if (about) about.push(member);
    else subjects.set(sidingOf(member), [member]);
  }
  return [...subjects.values()];
}

/** Whose fault the failure is, by event id, with the error of each. Empty when nobody can tell. */
function blamedFor(error: unknown, members: readonly Member[]): ReadonlyMap<string, unknown> {
  const ids = members.map(({ event }) => event.id);
  if (error instanceof EventsFailed) {
    const named = ids.filter((id) => error.errorById.has(id));
    if (named.length > 0) return new Map(named.map((id) => [id, error.errorById.get(id)]));
  }
  return new Map(members.length === 1 || isShared(error) ? ids.map((id) => [id, error]) : []);
}

/** Without a database it is everybody's failure, and looking for somebody would only take longer. */
const isShared = (error: unknown): boolean => databaseFailure(error) === 'unavailable';

/** Log lines of a batch cannot carry the traces of all its events; those of a single one can. */
function inContextOf<T>([first, ...others]: readonly Member[], work: () => Promise<T>): Promise<T> {
  if (first === undefined || others.length > 0) return runInTrace(newTrace(), work);
  return runInTrace(first.trace, () => runInMessageContext(messageContextOf(first.event), work));
}
