import type { Client } from 'pg';
import type { PublishResult } from '../transports/transport.js';
import { markFailed, markPublished, subjectOf, waitingRows, type FailedRow, type OutboxRow } from './outbox-rows.js';
import { publishInOrder, type Result } from './publish-in-order.js';

/**
 * While a batch is on its way PostgreSQL hears nothing of the relay, and takes the lead from one that is silent for too long: nothing
 * would be marked, and everything sent again. With the limit of a confirm this stays below that.
 */
const BATCH_BEGINS_WITHIN_MS = 4_000;
/** Batches in one go. The relay has other things to do as well. */
const BATCHES_MAX = 20;

interface Publishing {
  readonly batchMax: number;
  /** Never rejects. */
  readonly publish: (rows: readonly OutboxRow[]) => Promise<readonly PublishResult[]>;
}

interface Progress {
  /** Whether anything was. */
  readonly published: boolean;
  readonly failed: readonly FailedRow[];
  /** The broker, not a message, is at fault: trying again at once would fail the same way. */
  readonly interrupted: boolean;
}

/**
 * Publishes what waits, a batch at a time. While one is on its way the one before it is marked and the next one is read, so that broker
 * and database need not wait for each other. Ends with a batch that is not full, when something has failed, and after a while.
 *
 * @throws when PostgreSQL fails; what was published and could not be marked is published again.
 */
export async function publishWaiting(client: Client, { batchMax, publish }: Publishing): Promise<Progress> {
  let published = false;
  let marked = Promise.resolve();
  let rows = await waitingRows(client, batchMax);
  for (let batch = 1; rows.length > 0; batch += 1) {
    const sending = publishInOrder(rows, publish, BATCH_BEGINS_WITHIN_MS);
    const isLast = rows.length < batchMax || batch === BATCHES_MAX;
    // However this ends, nothing may be left on its way that the next session knows nothing of.
    const [next, sent] = await Promise.allSettled([following(client, marked, isLast ? 0 : batchMax, rows), sending]);
    if (sent.status === 'rejected') throw sent.reason;
    if (next.status === 'rejected') throw next.reason;
    const result = sent.value;
    published ||= result.published.length > 0;
    marked = mark(client, result);
    if (result.interrupted || result.failed.length > 0) {
      await marked;
      return { published, failed: result.failed, interrupted: result.interrupted };
    }
    rows = notBehind(rows, result.published, next.value);
  }
  await marked;
  return { published, failed: [], interrupted: false };
}

async function following(
  client: Client,
  marked: Promise<void>,
  max: number,
  underWay: readonly OutboxRow[],
): Promise<OutboxRow[]> {
  await marked;
  return max === 0 ? [] : waitingRows(client, max, underWay);
}

async function mark(client: Client, { published, failed }: Result): Promise<void> {
  await markPublished(client, published);
  await markFailed(client, failed);
}

/** A row of the batch that was not published, for want of time, holds back what follows it on its subject. */
function notBehind(batch: readonly OutboxRow[], published: readonly OutboxRow[], next: OutboxRow[]): OutboxRow[] {
  if (published.length === batch.length) return next;
  const done = new Set(published);
  const held = new Set(batch.filter((row) => !done.has(row)).map((row) => subjectOf(row)));
  return next.filter((row) => !held.has(subjectOf(row)));
}
