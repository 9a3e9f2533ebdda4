import { DomainError } from '#kernel';
import type { DeadLetterStatus } from './dead-letter.js';

export class DeadLetterNotFound extends DomainError {
  readonly code = 'dead_letter_not_found';
  constructor() {
    super('There is no such dead letter. Those that were settled 30 days ago are gone; the list shows what is there.');
  }
}

/** Somebody has decided otherwise about it before. */
export class DeadLetterSettled extends DomainError {
  readonly code = 'invalid_transition';
  constructor(from: DeadLetterStatus, to: DeadLetterStatus) {
    super(`A dead letter that is ${from} cannot become ${to}. Its history says who decided that.`, { from, to });
  }
}
