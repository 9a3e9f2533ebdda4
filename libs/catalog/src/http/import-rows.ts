import { z } from 'zod';
import { skuSchema, UNITS_MAX } from '#contracts';
import { fieldErrors } from '#http';
import { moneySchema } from '#kernel';
import type { ImportOutcome, ImportRow } from '../use-cases/import-products.js';
import { PutProductBody } from './product.schemas.js';

/** A row that is something else altogether is reported in a few lines. */
const PROBLEMS_OF_A_ROW_MAX = 10;

/** One row. */
export const ImportRowSchema = z.strictObject({
  sku: skuSchema,
  name: PutProductBody.shape.name,
  price: moneySchema,
  onHand: z.int().min(0).max(UNITS_MAX).optional().meta({
    description: 'Opening stock. Only for a SKU whose stock is not kept yet.',
  }),
}) satisfies z.ZodType<ImportRow>;

interface RowProblem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface GivenRows {
  /** Rows in the body. */
  readonly received: number;
  /** Those that fit, each with its place in the body. */
  readonly rows: readonly { readonly place: number; readonly row: ImportRow }[];
  /** What is wrong with each of the others. Functions, since a name that a row should not have is no text of the request to check. */
  readonly unfit: readonly (() => readonly RowProblem[])[];
}

export function readRows(products: readonly unknown[]): GivenRows {
  const read = products.map((given, place) => ({ given, place, parsed: ImportRowSchema.safeParse(given) }));
  return {
    received: products.length,
    rows: read.flatMap(({ place, parsed }) => (parsed.success ? [{ place, row: parsed.data }] : [])),
    unfit: read.flatMap(({ given, place, parsed }) =>
      parsed.success ? [] : [() => problemsOf(given, parsed.error).map((problem) => inBody(place, problem))],
    ),
  };
}

const problemsOf = (given: unknown, { issues }: z.ZodError): RowProblem[] =>
  fieldErrors(issues, { value: given }).slice(0, PROBLEMS_OF_A_ROW_MAX);

export function importReport({ received, rows, unfit }: GivenRows, outcome: ImportOutcome) {
  const { created, updated, stockOpened } = outcome;
  const refused = outcome.errors.map(({ row, member, code, detail }) =>
    inBody(rows[row]?.place ?? row, { pointer: `/${member}`, code, detail }),
  );
  return {
    counts: { received, created, updated, failed: received - created - updated, stockOpened },
    errors: [...unfit.flatMap((problems) => problems()), ...refused],
  };
}

const inBody = (place: number, { pointer, code, detail }: RowProblem): RowProblem => ({
  pointer: `/products/${place}${pointer}`,
  code,
  detail,
});
