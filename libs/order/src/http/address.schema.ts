import { z } from 'zod';
import { COUNTRIES_WITHOUT_POSTAL_CODES, countrySchema } from '#contracts';
import { lineOfText } from '#kernel';

export const address = z
  .strictObject({
    name: lineOfText(200),
    line1: lineOfText(200),
    line2: lineOfText(200).optional(),
    city: lineOfText(100),
    postalCode: lineOfText(20).optional().meta({ description: 'Required where the country has postal codes.' }),
    region: lineOfText(100).optional(),
    country: countrySchema,
  })
  .refine(({ country, postalCode }) => postalCode !== undefined || COUNTRIES_WITHOUT_POSTAL_CODES.has(country), {
    path: ['postalCode'],
    error: 'is required for this country',
  })
  .meta({
    id: 'Address',
    example: { name: 'Ada Byron', line1: 'Hauptstr. 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
  });
