import { z } from 'zod';
import { ImportRowSchema, readRows } from './import-rows.js';

const ROWS_MAX = 1_000;

const { $schema: _, ...rowDocument } = z.toJSONSchema(ImportRowSchema, { io: 'input' });

/** Each row is checked by itself, so that a bad one is reported and the others are written. */
export const ImportBody = z
  .strictObject({ products: z.array(z.unknown().meta(rowDocument)).min(1).max(ROWS_MAX).transform(readRows) })
  .meta({
    example: {
      products: [{ sku: 'MUG-BLUE', name: 'Mug, blue', price: { amount: 1999, currency: 'EUR' }, onHand: 40 }],
    },
  });
export type ImportBody = z.infer<typeof ImportBody>;

export const ImportReport = z
  .object({
    counts: z.object({
      received: z.int(),
      created: z.int(),
      updated: z.int(),
      failed: z.int().meta({ description: 'Rows of which nothing was written.' }),
      stockOpened: z.int().meta({ description: 'Stock levels that began with this import, empty ones included.' }),
    }),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'ImportReport' });
