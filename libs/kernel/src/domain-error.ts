/** Facts about the failure that a caller may act on; sent to the client as members of the problem document. */
export type ErrorData = Readonly<Record<string, unknown>>;

/**
 * A failure that the caller can understand and act on. `code` is part of the public contract: stable, snake_case.
 * The message is shown to clients, so it says what to do and never names a host, a secret or a person.
 */
export abstract class DomainError extends Error {
  abstract readonly code: string;

  constructor(
    message: string,
    readonly data: ErrorData = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
