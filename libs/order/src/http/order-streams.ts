import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Config } from '#config';
import { clientOptions, NotificationListener, Transactions } from '#database';
import type { EventStream } from '#http';
import { sleep, uuidV7, type Id } from '#kernel';
import { HISTORY_CHANNEL, readHistory } from '../persistence/read-history.js';
import type { OrderEvent } from '../persistence/order.entity.js';
import { orderEventView } from './order.view.js';

/** Orders that one query reads for, and rows that it reads of each. */
const ORDERS_A_READ = 500;
const ROWS_AN_ORDER = 50;
const RETRY_MS = 250;
/** How often all orders are looked at although nothing was notified: while notifications do not arrive, and while they do. */
const POLL_MS = 1_000;
const POLL_WHILE_LISTENING_MS = 15_000;

/** A client, and the last event that it was sent. */
interface Follower {
  readonly stream: EventStream;
  sent: number;
}

/**
 * Brings the histories of orders to the clients of this process. What is sent comes from the table, behind what the client has, in its
 * order: a notification, which another connection may hear late, twice or never, only says which orders are worth a look. A look reads
 * for many orders with one query, and there is one at a time. A client that does not read is not read for; its rows stay in the table.
 */
@Injectable()
export class OrderStreams implements OnModuleDestroy {
  private readonly logger = new Logger(OrderStreams.name);
  private readonly followers = new Map<Id<'order'>, Set<Follower>>();
  private readonly due = new Set<Id<'order'>>();
  private readonly stopping = new AbortController();
  private reading: Promise<void> | undefined;
  private listener: NotificationListener | undefined;
  private poll: NodeJS.Timeout | undefined;
  private polledAtMs = 0;

  constructor(
    private readonly config: Config,
    private readonly transactions: Transactions,
  ) {}

  /** Sends what happened after this sequence, and from then on what happens. Returns what ends it. */
  follow(orderId: Id<'order'>, after: number, stream: EventStream): () => void {
    this.listen();
    const follower: Follower = { stream, sent: after };
    const others = this.followers.get(orderId) ?? new Set();
    this.followers.set(orderId, others.add(follower));
    stream.onDrain(() => this.look([orderId]));
    this.look([orderId]);
    return () => {
      others.delete(follower);
      if (others.size === 0 && this.followers.get(orderId) === others) this.followers.delete(orderId);
    };
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.poll);
    await this.reading;
    await this.listener?.close();
  }

  /** With the first client: a process whose clients follow nothing needs no connection for it. */
  private listen(): void {
    if (this.listener !== undefined || this.stopping.signal.aborted) return;
    this.listener = new NotificationListener(
      clientOptions(this.config, 'holdfast order streams'),
      HISTORY_CHANNEL,
      `hello ${uuidV7()}`,
      { notified: (payload) => this.hear(payload), listening: () => this.look(this.followers.keys()) },
    );
    this.poll = setInterval(() => this.pollNowAndThen(), POLL_MS).unref();
  }

  private pollNowAndThen(): void {
    const everyMs = this.listener?.isListening === true ? POLL_WHILE_LISTENING_MS : POLL_MS;
    if (performance.now() - this.polledAtMs < everyMs) return;
    this.polledAtMs = performance.now();
    this.look(this.followers.keys());
  }

  private hear(payload: string): void {
    const notified = payload.split(',').map((part) => part.split(' ') as [Id<'order'>, string]);
    this.look(
      notified.filter(([orderId, sequence]) => this.lacks(orderId, Number(sequence))).map(([orderId]) => orderId),
    );
  }

  private lacks(orderId: Id<'order'>, sequence: number): boolean {
    for (const { sent } of this.followers.get(orderId) ?? []) if (sent < sequence) return true;
    return false;
  }

  private look(orderIds: Iterable<Id<'order'>>): void {
    for (const orderId of orderIds) this.due.add(orderId);
    if (this.due.size > 0) this.reading ??= this.readDue().finally(() => (this.reading = undefined));
  }

  /** Never rejects. */
  private async readDue(): Promise<void> {
    // What is notified in the same turn of the event loop is read together.
    await new Promise((resolve) => setImmediate(resolve));
    let failures = 0;
    while (this.due.size > 0 && !this.stopping.signal.aborted) {
      const orderIds = [...this.due].slice(0, ORDERS_A_READ);
      for (const orderId of orderIds) this.due.delete(orderId);
      try {
        await this.read(orderIds);
        failures = 0;
      } catch (error) {
        for (const orderId of orderIds) this.due.add(orderId);
        failures += 1;
        if (failures === 1)
          this.logger.warn({ msg: 'streamed orders cannot be read, tried until it works', err: error });
        await sleep(RETRY_MS, this.stopping.signal).catch(() => undefined); // Stopping: the loop's condition ends it.
      }
    }
  }

  private async read(orderIds: readonly Id<'order'>[]): Promise<void> {
    const afterOf = new Map<Id<'order'>, number>();
    for (const orderId of orderIds) {
      const sent = this.readersOf(orderId).map((follower) => follower.sent);
      if (sent.length > 0) afterOf.set(orderId, Math.min(...sent));
    }
    if (afterOf.size === 0) return;
    const eventsOf = await this.transactions.read((db) => readHistory(db, afterOf, ROWS_AN_ORDER));
    for (const [orderId, events] of eventsOf) {
      const brought = this.readersOf(orderId).filter((follower) => bring(follower, events));
      if (brought.length > 0 && events.length === ROWS_AN_ORDER) this.due.add(orderId);
    }
  }

  /** Those who take what they are sent. */
  private readersOf(orderId: Id<'order'>): Follower[] {
    return [...(this.followers.get(orderId) ?? [])].filter(({ stream }) => stream.isOpen && !stream.isFull);
  }
}

/** Whether there was something for this client. One that came while rows were read for the others may lack earlier ones: the next look is for it. */
function bring(follower: Follower, events: readonly OrderEvent[]): boolean {
  const news = events.filter(({ sequence }) => sequence > follower.sent);
  if (news[0]?.sequence !== follower.sent + 1) return false;
  for (const event of news) {
    if (follower.stream.isFull) break;
    follower.stream.send(messageOf(event));
    follower.sent = event.sequence;
  }
  return true;
}

const messageOf = (event: OrderEvent) => ({
  id: String(event.sequence),
  event: event.type,
  data: orderEventView(event),
});
