import type { PublishResult } from '../transports/transport.js';
import { subjectOf, type FailedRow, type OutboxRow } from './outbox-rows.js';

export interface Result {
  readonly published: readonly OutboxRow[];
  readonly failed: readonly FailedRow[];
  /** The broker, not a message, is at fault: trying the next batch at once would fail the same way. */
  readonly interrupted: boolean;
}

/**
 * Publishes a batch: events about different subjects together, events about one subject one after another. Only so can one that the
 * broker returns hold back those after it, which would otherwise have overtaken it already.
 *
 * @param beginWithinMs after this time nothing more is begun; what is left is neither published nor failed
 */
export async function publishInOrder(
  rows: readonly OutboxRow[],
  publish: (rows: readonly OutboxRow[]) => Promise<readonly PublishResult[]>,
  beginWithinMs: number,
): Promise<Result> {
  const begunAt = performance.now();
  const published: OutboxRow[] = [];
  const failed: FailedRow[] = [];
  const held = new Set<string>();
  let interrupted = false;
  for (const wave of wavesOf(rows)) {
    const ready = wave.filter((row) => !held.has(subjectOf(row)));
    const results = await publish(ready);
    for (const [place, row] of ready.entries()) {
      const result = results[place] ?? { result: 'unknown' };
      if (result.result === 'confirmed') {
        published.push(row);
        continue;
      }
      held.add(subjectOf(row));
      if (result.result === 'unknown') interrupted = true;
      else failed.push({ row, reason: result.reason });
    }
    if (interrupted || performance.now() - begunAt >= beginWithinMs) break;
  }
  return { published, failed, interrupted };
}

/** The first wave has the first event of each subject, the second wave the second, … */
function wavesOf(rows: readonly OutboxRow[]): OutboxRow[][] {
  const bySubject = new Map<string, OutboxRow[]>();
  for (const row of rows) bySubject.set(subjectOf(row), [...(bySubject.get(subjectOf(row)) ?? []), row]);
  const waves: OutboxRow[][] = [];
  for (const about of bySubject.values()) {
    const inSequence = about.toSorted((left, right) => left.sequence - right.sequence);
    for (const [place, row] of inSequence.entries()) (waves[place] ??= []).push(row);
  }
  return waves;
}
