/** Units of a SKU that an order gets from a location. */
export interface Allocation {
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
}
