import { PermanentFailure } from './permanent-failure.js';

/**
 * Thrown by a handler when the owner of what an event states knows nothing of it. An event is written in the transaction of its fact, so
 * nobody but a forger publishes such a message: it goes to the dead letters at once, and a line of the security log names it.
 */
export class UnfoundedEvent extends PermanentFailure {
  constructor(message: string) {
    super(message);
    this.name = 'UnfoundedEvent';
  }
}
