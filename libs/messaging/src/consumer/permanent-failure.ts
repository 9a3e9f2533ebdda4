/** Thrown by a handler when trying again cannot help: the message goes to its dead-letter queue at once. Any other error is transient. */
export class PermanentFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentFailure';
  }
}
