import type { EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { Tx } from '#database';

/**
 * Creates a row or replaces what is given of it, and gives it as it was: null where there was none. The insert waits for whoever inserts
 * the same key, so that two who create a row at once do not both believe that they did.
 *
 * @param assertReplaceable throws where the row, locked by now, must not be replaced so
 */
export async function putRow<Row extends ObjectLiteral>(
  tx: Tx,
  entity: EntityTarget<Row>,
  { key, row }: { readonly key: FindOptionsWhere<Row>; readonly row: QueryDeepPartialEntity<Row> },
  assertReplaceable: (current: Row) => void = () => {},
): Promise<Row | null> {
  const columns = Object.keys(key);
  const insert = tx.manager.createQueryBuilder().insert().into(entity).values(row).orIgnore().returning(columns);
  const inserted = (await insert.execute()) as { readonly raw: readonly unknown[] };
  if (inserted.raw.length > 0) return null;
  const current = await tx.manager.findOneOrFail(entity, { where: key, lock: { mode: 'pessimistic_write' } });
  assertReplaceable(current);
  await tx.manager.update(entity, key, row);
  return current;
}
