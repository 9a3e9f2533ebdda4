import { z } from 'zod';
import { DomainError } from './domain-error.js';

/** Somebody else changed it since the caller read it. */
export class StaleVersion extends DomainError {
  static override readonly problem = {
    code: 'stale_version',
    kind: 'precondition_failed',
    title: 'Changed since you read it',
    help: 'The version in If-Match is not the current one. Read again and repeat the change with the new ETag.',
    members: z.object({ version: z.int().meta({ description: 'The current one', example: 8 }) }),
  } as const;
  /** @param version the current one */
  constructor(version: number) {
    super('It has changed since you read it. Read it again and repeat the change with the new version.', { version });
  }
}
