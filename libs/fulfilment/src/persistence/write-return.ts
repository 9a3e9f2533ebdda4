import type { HoldLine } from '#contracts';
import { col, statement, type Tx } from '#database';
import type { Id, Money } from '#kernel';
import type { ReceivedLine } from '../domain/judge-units.js';
import { RETURN_TRANSITIONS, type ReturnStatus } from '../domain/transitions.js';

/** Goods that are to come back. */
export interface NewReturn {
  readonly id: Id<'ret'>;
  readonly orderId: Id<'order'>;
  readonly items: readonly HoldLine[];
  readonly reason: string;
  readonly actor: string;
}

/** How a return ended. */
export interface ReturnEnd {
  readonly id: Id<'ret'>;
  readonly actor: string;
  readonly cancelReason?: string;
  readonly received?: {
    readonly lines: readonly ReceivedLine[];
    readonly refund: Money | null;
    readonly location: string | null;
  };
}

export const INSERT_RETURN = statement(`
  WITH inserted AS (
    INSERT INTO fulfilment.returns (id, order_id, status, reason, requested_by)
    VALUES ($1, $2, $6, $3, $4)
    RETURNING id, order_id, status, last_sequence, requested_by
  ), line_rows AS (
    INSERT INTO fulfilment.return_lines (return_id, order_id, sku, quantity)
    SELECT inserted.id, inserted.order_id, line.sku, line.quantity
    FROM inserted CROSS JOIN jsonb_to_recordset($5::jsonb) AS line (sku text, quantity integer)
  )
  INSERT INTO fulfilment.history (subject, sequence, type, to_status, actor)
  SELECT id, last_sequence, $7, status, requested_by FROM inserted`);

/** Lines of a received return that are not named have not come. */
export const END_RETURN = statement(
  `WITH updated AS (
     UPDATE fulfilment.returns
     SET status = $3, closed_by = $4, closed_at = now(), cancel_reason = $6, refund_amount = $7, refund_currency = $8, location = $9,
         last_sequence = last_sequence + 1
     WHERE id = $1 AND status = $2
     RETURNING id, status, last_sequence, closed_by
   ), line_rows AS (
     UPDATE fulfilment.return_lines AS line
     SET restocked = coalesce(input.restocked, 0), written_off = coalesce(input."writtenOff", 0)
     FROM updated JOIN fulfilment.return_lines AS asked ON asked.return_id = updated.id
     LEFT JOIN jsonb_to_recordset($10::jsonb) AS input (sku text, restocked integer, "writtenOff" integer) ON input.sku = asked.sku
     WHERE line.return_id = asked.return_id AND line.sku = asked.sku AND $10::jsonb IS NOT NULL
   ), history_rows AS (
     INSERT INTO fulfilment.history (subject, sequence, type, from_status, to_status, actor)
     SELECT id, last_sequence, $5, $2, status, closed_by FROM updated
   )
   SELECT id FROM updated`,
  { id: col.text<Id<'ret'>>() },
);

/** Writes a return with its lines and the first row of its history. */
export async function insertReturn(tx: Tx, { id, orderId, items, reason, actor }: NewReturn): Promise<void> {
  const { type, to } = RETURN_TRANSITIONS.requested;
  await tx.query(INSERT_RETURN, [id, orderId, reason, actor, JSON.stringify(items), to, type]);
}

/** False, and nothing is done, for one that has ended. */
export async function endReturn(
  tx: Tx,
  { type, from, to }: { readonly type: string; readonly from: ReturnStatus; readonly to: ReturnStatus },
  { id, actor, cancelReason, received }: ReturnEnd,
): Promise<boolean> {
  const refund = [received?.refund?.amount ?? null, received?.refund?.currency ?? null];
  const lines = received === undefined ? null : JSON.stringify(received.lines);
  const params = [id, from, to, actor, type, cancelReason ?? null, ...refund, received?.location ?? null, lines];
  return (await tx.query(END_RETURN, params)).rows.length > 0;
}
