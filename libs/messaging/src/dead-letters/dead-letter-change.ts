import type { AuditChange } from '#audit';
import type { DeadLetterStatus } from './dead-letter.js';

/** The audit entry of a decision about a letter that waited. The letter's own history also tells what came of it, and stays with it. */
export function deadLetterChange(
  verb: 'replay' | 'discard',
  id: string,
  { to, reason }: { readonly to: DeadLetterStatus; readonly reason?: string },
): AuditChange {
  return {
    action: `dead_letter.${verb}`,
    subject: { type: 'dead_letter', id },
    before: { status: 'waiting' },
    after: { status: to },
    reason,
  };
}
