import { z } from 'zod';
import { pageOf } from '#http';
import { lineOfText } from '#kernel';
import { DEFAULT_LOCATION } from '../persistence/stock-level.entity.js';
import type { StockLocation } from '../persistence/stock-location.entity.js';

export const locationId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'must be 1 to 64 small letters, digits, hyphens and underscores')
  .meta({ example: DEFAULT_LOCATION });

/** Of a body or a query: the default location where it is absent. */
export const locationOrDefault = locationId.default(DEFAULT_LOCATION);

export const LocationParams = z.strictObject({ locationId });
export type LocationParams = z.infer<typeof LocationParams>;

const location = {
  name: lineOfText(100),
  active: z.boolean().meta({ description: 'Whether new orders are served from it.' }),
  priority: z.int().min(0).max(1_000_000).meta({ description: 'The lowest serves orders first.', example: 10 }),
  receivesReturns: z.boolean().meta({ description: 'Whether returned goods that name no location may go there.' }),
};

export const LocationBody = z
  .strictObject({
    ...location,
    active: location.active.default(true),
    priority: location.priority.default(0),
    receivesReturns: location.receivesReturns.default(false),
  })
  .meta({ example: { name: 'Warehouse North', priority: 10 } });
export type LocationBody = z.infer<typeof LocationBody>;

export const LocationView = z.object({ id: locationId, ...location }).meta({ id: 'Location' });
export const LocationPage = pageOf(LocationView);

export function locationView({
  id,
  name,
  active,
  priority,
  receivesReturns,
}: StockLocation): z.input<typeof LocationView> {
  return { id, name, active, priority, receivesReturns };
}
