/** All orders of these. */
export function permutationsOf<T>(items: readonly T[]): T[][] {
  let orders: T[][] = [[]];
  for (const item of items) {
    orders = orders.flatMap((order) =>
      Array.from({ length: order.length + 1 }, (_, place) => order.toSpliced(place, 0, item)),
    );
  }
  return orders;
}
