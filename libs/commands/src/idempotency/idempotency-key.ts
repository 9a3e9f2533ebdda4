/** One request as its sender named it, and what a repetition is compared with. */
export interface IdempotencyKey {
  /** The caller: two callers can use the same key. */
  readonly scope: string;
  readonly key: string;
  /** What is asked for. By HTTP: method and path. */
  readonly route: string;
  /** SHA-256 of the request's content, hexadecimal. */
  readonly requestHash: string;
}
