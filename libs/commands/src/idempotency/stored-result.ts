/**
 * What a request is answered with, in the form in which it is stored and given again. Whoever sends the command makes it (HTTP: status,
 * headers and body); nothing here reads it.
 */
export interface StoredResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}
