import { Injectable, Logger } from '@nestjs/common';
import { databaseFailure } from '#database';
import { currentTrace, newTrace, runInTrace, type Trace } from '#observability';
import { lineageOf, rememberTrace, runInLineage } from '../lineage.js';
import { pause } from '../pause.js';
import { reasonOf } from '../state-log.js';
import { Together } from '../together.js';
import type { BatchHandler, Outcome, Stopping } from './consumed-queue.js';
import { labelsOf, type ReadableDelivery } from './delivery.js';
import { EventsFailed } from './events-failed.js';
import { FailedMessages } from './failed-messages.js';
import { HandlerRunner } from './handler-runner.js';
import { Lanes } from './lanes.js';

/** One message's part in a batch. */
interface Member extends ReadableDelivery<BatchHandler> {
  readonly stopping: Stopping;
  readonly trace: Trace;
  /** Tries of this delivery that failed and were its own fault. */
  failures: number;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Runs batches. A batch that fails blames nobody: it is halved until the failure has one member or is named by the handler, and only
 * then a try is counted, with the same tries, ladder and dead letters as for messages that are handled one by one. Who is to blame goes on
 * alone, beside the batches, and so does whoever comes back from the ladder: others need not wait for it, nor fail with it again. What
 * is about the same subject goes behind it, so that it is not overtaken.
 */
@Injectable()
export class BatchRunner {
  private readonly logger = new Logger(BatchRunner.name);
  private readonly lines = new Map<BatchHandler, Together<Member>>();
  /** Those who go alone, by queue and subject. */
  private readonly sidings = new Lanes();

  constructor(
    private readonly handlers: HandlerRunner,
    private readonly failed: FailedMessages,
  ) {}

  run(delivery: ReadableDelivery<BatchHandler>, stopping: Stopping): Promise<Outcome> {
    const { handler } = delivery;
    const trace = currentTrace() ?? newTrace();
    rememberTrace(delivery.event, trace);
    const line =
      this.lines.get(handler) ?? new Together((members: readonly Member[]) => this.process(members), handler.batchMax);
    this.lines.set(handler, line);
    return new Promise((settle, fail) => {
      line.add({ ...delivery, stopping, trace, failures: 0, settle, fail }).catch(fail);
    });
  }

  /** A copy of a message waits until the first one is settled: the inbox decides then. */
  private async process(members: readonly Member[]): Promise<void> {
    const ids = new Set<string>();
    const [firsts, copies]: [Member[], Member[]] = [[], []];
    for (const member of members) {
      (ids.has(member.event.id) ? copies : firsts).push(member);
      ids.add(member.event.id);
    }
    await this.settle(this.pastSidings(firsts, ({ attempts }) => attempts > 0));
    if (copies.length > 0) await this.process(copies);
  }

  /** Returns when each of them has been settled, or goes on alone. */
  private async settle(members: readonly Member[]): Promise<void> {
    for (let left = members; left.length > 0;) {
      left = this.withoutDraining(this.pastSidings(left));
      try {
        await this.attempt(left);
        return;
      } catch (error) {
        const blamed = blamedFor(error, left);
        if (blamed.size === 0) {
          const middle = Math.ceil(left.length / 2);
          this.logger.debug({ msg: 'batch failed, halving it', events: left.length, reason: reasonOf(error) });
          await this.settle(left.slice(0, middle));
          left = left.slice(middle);
        } else if (blamed.size === left.length && left.length > 1) {
          left = await this.judge(left, blamed);
        } else {
          left = this.pastSidings(left, ({ event }) => blamed.has(event.id), blamed);
        }
      }
    }
  }

  /** Sends aside whom `goesAlone` names, each with the error it has just failed by, if so, and whatever must not overtake them. Returns the others. */
  private pastSidings(
    members: readonly Member[],
    goesAlone: (member: Member) => boolean = () => false,
    errors: ReadonlyMap<string, unknown> = new Map(),
  ): Member[] {
    return members.filter((member) => {
      const { queue, event, fail } = member;
      const siding = `${queue}\n${event.source}\n${event.subject}`;
      if (!goesAlone(member) && !this.sidings.has(siding)) return true;
      this.sidings.run(siding, () => this.alone(member, errors)).catch(fail);
      return false;
    });
  }

  private async alone(member: Member, errors: ReadonlyMap<string, unknown>): Promise<void> {
    let left: readonly Member[] = errors.has(member.event.id) ? await this.judge([member], errors) : [member];
    while (left.length > 0) {
      left = this.withoutDraining(left);
      try {
        await this.attempt(left);
        return;
      } catch (error) {
        left = await this.judge(left, new Map([[member.event.id, errorOf(error, member)]]));
      }
    }
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

  /** Those that are blamed have used up a try: they go on or stay. Returns what is to be tried next. */
  private async judge(members: readonly Member[], blamed: ReadonlyMap<string, unknown>): Promise<Member[]> {
    let delayMs = 0;
    const stay = await Promise.all(
      members.map(async (member) => {
        if (!blamed.has(member.event.id)) return true;
        if (member.stopping.over.aborted) {
          member.settle('requeued');
          return false;
        }
        const error = blamed.get(member.event.id);
        const next = this.failed.nextStep(error, member.failures, member.rungs);
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

/** Whose fault the failure is, by event id, with the error of each. Empty when nobody can tell. */
function blamedFor(error: unknown, members: readonly Member[]): ReadonlyMap<string, unknown> {
  const ids = members.map(({ event }) => event.id);
  if (error instanceof EventsFailed) {
    const named = ids.filter((id) => error.errorById.has(id));
    if (named.length > 0) return new Map(named.map((id) => [id, error.errorById.get(id)]));
  }
  // Without a database it is everybody's failure, and halving would only take longer.
  const shared = members.length === 1 || databaseFailure(error) === 'unavailable' || stopped(members);
  return new Map(shared ? ids.map((id) => [id, error]) : []);
}

/** What the handler says of this event, where it names it. */
const errorOf = (error: unknown, { event }: Member): unknown =>
  error instanceof EventsFailed && error.errorById.has(event.id) ? error.errorById.get(event.id) : error;

const stopped = (members: readonly Member[]): boolean => members.some(({ stopping }) => stopping.over.aborted);

/** Log lines of a batch cannot carry the traces of all its events; those of a single one can. */
function inContextOf<T>([first, ...others]: readonly Member[], work: () => Promise<T>): Promise<T> {
  if (first === undefined || others.length > 0) return runInTrace(newTrace(), work);
  return runInTrace(first.trace, () => runInLineage(lineageOf(first.event), work));
}
