import { col, statement, type Tx } from '#database';
import type { MovementKind } from './stock-movement.entity.js';

export const FIND_GOODS_MOVEMENTS = statement(
  `SELECT count(*)::integer AS movements FROM inventory.movements
   WHERE reference = $1 AND kind = $2 AND kind IN ('shipment', 'return', 'write_off')`,
  { movements: col.integer() },
);

/** Whether this shipment or return has entered the ledger. */
export async function hasMoved(tx: Tx, reference: string, kind: MovementKind): Promise<boolean> {
  const { rows } = await tx.query(FIND_GOODS_MOVEMENTS, [reference, kind]);
  return (rows[0]?.movements ?? 0) > 0;
}
