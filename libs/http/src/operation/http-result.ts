type Headers = Readonly<Record<string, string>>;

/** What a request is answered with: everything that a repeated request must get again. */
export class HttpResult<T = unknown> {
  private constructor(
    readonly status: number,
    readonly body: T,
    readonly headers: Headers,
  ) {}

  /** @param options.etag version of what the body shows */
  static ok<T>(body: T, options: { readonly etag?: number } = {}): HttpResult<T> {
    return new HttpResult(200, body, etagOf(options.etag));
  }

  /** @param options.location path of what was created */
  static created<T>(body: T, options: { readonly location: string; readonly etag?: number }): HttpResult<T> {
    return new HttpResult(201, body, { location: options.location, ...etagOf(options.etag) });
  }

  /** @param headers names in lower case */
  static of<T>(status: number, body: T, headers: Headers = {}): HttpResult<T> {
    return new HttpResult(status, body, headers);
  }

  with(headers: Headers): HttpResult<T> {
    return new HttpResult(this.status, this.body, { ...this.headers, ...headers });
  }
}

const etagOf = (version: number | undefined): Headers => (version === undefined ? {} : { etag: `"${version}"` });
