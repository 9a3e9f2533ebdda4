import { DomainError } from '#kernel';
import type { DeadLetterStatus } from './dead-letter.js';

export class DeadLetterNotFound extends DomainError {
  static override readonly problem = {
    code: 'dead_letter_not_found',
    kind: 'not_found',
    title: 'Dead letter not found',
  } as const;
  constructor() {
    super('There is no such dead letter. Settled dead letters are deleted after 30 days.');
  }
}

/** Somebody has decided otherwise about it before. */
export class DeadLetterSettled extends DomainError {
  static override readonly problem = {
    code: 'invalid_transition',
    kind: 'conflict',
    title: 'Not possible in this state',
  } as const;
  constructor(from: DeadLetterStatus, to: DeadLetterStatus) {
    super(`A dead letter that is ${from} cannot become ${to}. Its history says who decided that.`, { from, to });
  }
}
