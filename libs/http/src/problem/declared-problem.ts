import { z } from 'zod';
import type { ProblemCode } from './status-by-code.js';

/** A problem that carries members of its own, with their schema. */
export interface DeclaredProblem {
  readonly code: ProblemCode;
  readonly members: z.ZodObject;
}

export const fieldErrorSchema = z
  .object({
    pointer: z.string().meta({
      description: 'JSON pointer into the body, or into what `in` names',
      example: '/items/0/quantity',
    }),
    code: z.string().meta({ example: 'too_small' }),
    detail: z.string().meta({ example: 'Too small: expected number to be >=1' }),
    in: z.enum(['query', 'path']).optional(),
  })
  .meta({ id: 'FieldError' });

/** What the platform's own problems carry. */
const PLATFORM_MEMBERS: Readonly<Partial<Record<ProblemCode, z.ZodObject>>> = {
  validation_failed: z.object({ errors: z.array(fieldErrorSchema) }),
  duplicate_member: z.object({ errors: z.array(fieldErrorSchema) }),
  insufficient_scope: z.object({ scope: z.string().meta({ example: 'stock:write' }) }),
  rate_limited: z.object({ policy: z.string().meta({ description: 'The limit that is used up', example: 'guest' }) }),
  stale_version: z.object({ version: z.int().meta({ description: 'The current one', example: 8 }) }),
};

export function platformProblem(code: ProblemCode): DeclaredProblem {
  return { code, members: PLATFORM_MEMBERS[code] ?? z.object({}) };
}
