import { DomainError } from './domain-error.js';

/** Somebody else changed it since the caller read it. */
export class StaleVersion extends DomainError {
  readonly code = 'stale_version';
  /** @param version the current one */
  constructor(version: number) {
    super('It has changed since you read it. Read it again and repeat the change with the new version.', { version });
  }
}
