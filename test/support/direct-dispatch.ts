import { isObservable, lastValueFrom } from 'rxjs';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Transactions } from '#database';
import { EventsFailed, type BatchContext, type CommitContext, type ReceivedEvent } from '#messaging';

const HANDLER_LIMIT_MS = 60_000;
const BATCH_MAX = 50;
const IN_PARALLEL = 8;

interface Handler {
  readonly handle: (events: readonly ReceivedEvent[], context: BatchContext | CommitContext) => Promise<void>;
  readonly transaction: 'own' | undefined;
  readonly batchMax: number;
}

// What is due and what waits, in one list: the broker keeps no order between subjects either.
const TAKE = `
  WITH due AS (
    DELETE FROM messaging.scheduled WHERE due_at <= now() RETURNING *
  ), waiting AS (
    UPDATE messaging.outbox SET published_at = now() WHERE published_at IS NULL RETURNING *
  )
  SELECT id, type, source, subject, number AS sequence, due_at AS time, data, correlation_id AS "correlationId", 0 AS position FROM due
  UNION ALL
  SELECT id, type, source, subject, sequence, occurred_at, data, correlation_id, position FROM waiting
  ORDER BY position`;

/**
 * Hands the events of the outbox, and scheduled messages that are due, to the consumers of a worker in the same process: without a broker, a
 * relay, retries and an inbox, and only when it is asked to. What fails is a dead letter.
 */
export class DirectDispatch extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly deadLetters: { readonly event: ReceivedEvent; readonly error: unknown }[] = [];
  private readonly handlers = new Map<string, Handler[]>();

  override addHandler(
    type: string,
    handler: MessageHandler,
    _isEvent = true,
    extras: Partial<Handler & { batch: number }> = {},
  ): void {
    const handle: Handler['handle'] = async (events, context) => {
      const result: unknown = await handler(events, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
    const added = { handle, transaction: extras.transaction, batchMax: extras.batch ?? BATCH_MAX };
    this.handlers.set(type, [...(this.handlers.get(type) ?? []), added]);
  }

  /**
   * Goes on until nothing waits and nothing is due.
   *
   * @param except types that nobody handles this time
   */
  async run(transactions: Transactions, except: ReadonlySet<string> = new Set()): Promise<void> {
    for (;;) {
      const events = await transactions.run(async (tx) => (await tx.query<ReceivedEvent>(TAKE)).rows);
      if (events.length === 0) return;
      const wanted = events.filter(({ type }) => this.handlers.has(type) && !except.has(type));
      for (const type of new Set(wanted.map((event) => event.type))) {
        const ofType = wanted.filter((event) => event.type === type);
        for (const handler of this.handlers.get(type) ?? []) await this.handleAll(transactions, handler, ofType);
      }
    }
  }

  private async handleAll(
    transactions: Transactions,
    handler: Handler,
    events: readonly ReceivedEvent[],
  ): Promise<void> {
    const size = handler.transaction === 'own' ? 1 : handler.batchMax;
    const batches = Array.from({ length: Math.ceil(events.length / size) }, (_, place) =>
      events.slice(place * size, (place + 1) * size),
    );
    await Promise.all(
      Array.from({ length: IN_PARALLEL }, async () => {
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
          await this.handle(transactions, handler, batch);
        }
      }),
    );
  }

  /** After a failure each event is handled alone. */
  private async handle(transactions: Transactions, handler: Handler, events: readonly ReceivedEvent[]): Promise<void> {
    try {
      await this.handleOnce(transactions, handler, events);
    } catch (error) {
      if (events.length > 1) for (const event of events) await this.handle(transactions, handler, [event]);
      else
        this.deadLetters.push({
          event: events[0]!,
          error: error instanceof EventsFailed ? [...error.errorById.values()] : error,
        });
    }
  }

  private handleOnce(
    transactions: Transactions,
    { handle, transaction }: Handler,
    events: readonly ReceivedEvent[],
  ): Promise<void> {
    const signal = AbortSignal.timeout(HANDLER_LIMIT_MS);
    if (transaction === 'own') return handle(events, { commit: (work) => transactions.run(work), signal });
    return transactions.run((tx) => handle(events, { tx, signal }));
  }

  listen(started: () => void): void {
    started();
  }

  close(): void {
    this.handlers.clear();
  }

  override on(): never {
    throw new Error('It emits no events.');
  }

  override unwrap<T>(): T {
    throw new Error('It has no driver.');
  }
}
