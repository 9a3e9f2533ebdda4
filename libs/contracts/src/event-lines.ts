import { z } from 'zod';

/** What an event says of an order's lines: bounded, like the order itself. */
export const eventLines = z
  .array(z.object({ sku: z.string().min(1).max(64), quantity: z.int().min(1) }))
  .min(1)
  .max(100);
