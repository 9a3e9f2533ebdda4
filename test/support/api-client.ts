import { randomUUID } from 'node:crypto';
import { STREAM, streamHead } from './stream-head.js';

export interface Reply<Body = any> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, text otherwise. */
  readonly body: Body;
}

interface RequestOptions {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** Speaks HTTP to one api process as one caller. Never throws for a status: what is answered is what tests look at. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    private readonly credentials: Readonly<Record<string, string>> = {},
  ) {}

  /** The same process, another caller. */
  as(credentials: Readonly<Record<string, string>>): ApiClient {
    return new ApiClient(this.baseUrl, credentials);
  }

  get<Body = any>(path: string, headers: RequestOptions['headers'] = {}): Promise<Reply<Body>> {
    return this.send('GET', path, { headers });
  }

  post<Body = any>(path: string, body: unknown, headers: RequestOptions['headers'] = {}): Promise<Reply<Body>> {
    return this.send('POST', path, { body, headers: { 'idempotency-key': randomUUID(), ...headers } });
  }

  put<Body = any>(path: string, body: unknown, headers: RequestOptions['headers'] = {}): Promise<Reply<Body>> {
    return this.send('PUT', path, { body, headers });
  }

  delete<Body = any>(path: string, headers: RequestOptions['headers'] = {}): Promise<Reply<Body>> {
    return this.send('DELETE', path, { headers });
  }

  /** A string or bytes go as they are; anything else as JSON. A header set to undefined is not sent. */
  async send<Body = any>(method: string, path: string, { headers = {}, body }: RequestOptions): Promise<Reply<Body>> {
    const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
    const all = { ...this.credentials, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers };
    const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
    if (STREAM.test(path)) {
      const head = await streamHead(this.baseUrl, path, Object.fromEntries(sent));
      return { ...head, body: head.body === '' ? '' : JSON.parse(head.body) };
    }
    const response = await fetch(this.baseUrl + path, {
      method,
      headers: sent,
      redirect: 'manual',
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as string) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }
}
