/** A body does not fit the schema of its event. A mistake in the program that states the fact, so nobody's request is to blame. */
export class InvalidEvent extends Error {
  constructor(type: string, reason: string) {
    super(`The body of ${type} does not fit its schema: ${reason}`);
    this.name = 'InvalidEvent';
  }
}
