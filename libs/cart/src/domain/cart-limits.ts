/** Units of one product in a cart. A product can have a lower limit of its own. */
export const LINE_QUANTITY_MAX = 999;

/** Different products in a cart: an order's events and its locks are bounded by it too. */
export const LINES_MAX = 100;

/** How many units of a product with this limit of its own a cart takes. */
export const unitsMax = (maxPerOrder: number | null): number =>
  Math.min(LINE_QUANTITY_MAX, maxPerOrder ?? LINE_QUANTITY_MAX);
