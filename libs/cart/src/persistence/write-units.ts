import { col, statement } from '#database';

const writeUnits = (total: 'items.quantity + excluded.quantity' | 'excluded.quantity') =>
  statement(
    `INSERT INTO cart.items (cart_id, sku, quantity, position)
     SELECT $1::text, $2::text, $3::int, coalesce(max(position), 0) + 1 FROM cart.items WHERE cart_id = $1
     HAVING $3 <= $4::int AND (count(*) < $5::int OR bool_or(sku = $2))
     ON CONFLICT (cart_id, sku) DO UPDATE SET quantity = ${total} WHERE ${total} <= $4
     RETURNING quantity`,
    { quantity: col.integer() },
  );

/** Adds units of a SKU, up to so many of it ($4) and so many different ones ($5). */
export const ADD_UNITS = writeUnits('items.quantity + excluded.quantity');

/** The same for all units of a SKU, whatever was there. */
export const SET_UNITS = writeUnits('excluded.quantity');
