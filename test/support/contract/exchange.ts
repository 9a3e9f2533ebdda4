/** One request and the answer to it, as they went over the wire. */
export interface Exchange {
  /** Upper case. */
  readonly method: string;
  /** Path and query, still percent-encoded. */
  readonly target: string;
  readonly status: number;
  readonly headers: Headers;
  /** Empty where there is none. */
  readonly body: string;
}
