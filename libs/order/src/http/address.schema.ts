import { z } from 'zod';
import { COUNTRIES } from './countries.js';

/** One line of text: no control characters, and no half of a character pair, which PostgreSQL would not take. */
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be one line of text');

export const address = z
  .strictObject({
    name: line(200),
    line1: line(200),
    line2: line(200).optional(),
    city: line(100),
    postalCode: line(20),
    region: line(100).optional(),
    country: z
      .string()
      .refine((code) => COUNTRIES.has(code), { error: 'must be an ISO 3166-1 alpha-2 country code such as DE' })
      .meta({ example: 'DE', pattern: '^[A-Z]{2}$' }),
  })
  .meta({
    id: 'Address',
    example: { name: 'Ada Byron', line1: 'Hauptstr. 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
  });
