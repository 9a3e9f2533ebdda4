import { col, statement, type Reader, type RowOf, type Tx } from '#database';
import { DIFFERENCE_KINDS, type DifferenceKind } from '../domain/ledger-difference.js';
import type { Period } from '../providers/provider-answers.js';

export const SAVE_DIFFERENCES = statement(`
  INSERT INTO payment.ledger_differences AS known (provider, kind, count, period_from, period_to)
  SELECT $1, kind, count, $4, $5 FROM unnest($2::text[], $3::int[]) AS input (kind, count) ORDER BY kind
  ON CONFLICT (provider, kind) DO UPDATE
  SET count = excluded.count, period_from = excluded.period_from, period_to = excluded.period_to, compared_at = now()
  WHERE known.period_to <= excluded.period_to`);

export const FIND_DIFFERENCES = statement('SELECT provider, kind, count FROM payment.ledger_differences', {
  provider: col.text(),
  kind: col.text<DifferenceKind>(),
  count: col.integer(),
});

export type DifferenceCount = RowOf<typeof FIND_DIFFERENCES>;

/** Notes what a comparison has left, kinds without any included. One of an earlier period that comes late changes nothing. */
export async function saveDifferences(
  tx: Tx,
  provider: string,
  { from, to }: Period,
  left: Readonly<Record<string, number>>,
): Promise<void> {
  const counts = DIFFERENCE_KINDS.map((kind) => left[kind] ?? 0);
  await tx.query(SAVE_DIFFERENCES, [provider, DIFFERENCE_KINDS, counts, from, to]);
}

export async function findDifferences(db: Reader): Promise<DifferenceCount[]> {
  return (await db.query(FIND_DIFFERENCES)).rows;
}
