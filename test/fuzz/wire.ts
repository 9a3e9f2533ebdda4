import { Agent, request, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Exchange } from '../support/contract/exchange.js';

export interface WireRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

/** Far above every limit of the API: whatever takes so long hangs. */
const GIVEN_UP_AFTER_MS = 20_000;

/** Connections to one process, which send what `fetch` would refuse to. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly url: string) {}

  /** @throws when there is no answer */
  async send(wanted: WireRequest): Promise<Exchange> {
    try {
      return await this.sendOnce(wanted, this.agent);
    } catch (error) {
      // Maybe the server closed the connection while the request was on its way. On a new one there is no excuse.
      if ((error as { code?: string }).code !== 'ECONNRESET') throw error;
      return this.sendOnce(wanted, false);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async sendOnce({ method, target, headers, body }: WireRequest, agent: Agent | false): Promise<Exchange> {
    const signal = AbortSignal.timeout(GIVEN_UP_AFTER_MS);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = new URL(this.url);
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const outgoing = request({
        hostname,
        port,
        method,
        path: target,
        headers: { ...headers, ...length },
        agent,
        signal,
      });
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
    // A stream goes on: that it began is the answer.
    const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : (await buffer(response)).toString('utf8');
    if (isStream) response.destroy();
    const received = Object.entries(response.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    );
    return { method, target, status: response.statusCode ?? 0, headers: new Headers(received), body: text };
  }
}

/** The request as a command for bash. */
export function curlOf(url: string, { method, target, headers, body }: WireRequest): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `-H ${quoted(Buffer.from(`${name}: ${value}`, 'latin1'))}`,
  );
  const data = body === undefined ? [] : [`--data-binary ${quoted(body)}`];
  const head = method === 'HEAD' ? '-I' : `-i -X ${method}`;
  return ['curl -sS --path-as-is', head, `'${url}${target}'`, ...lines, ...data].join(' ');
}

/** Bytes in quotes of bash. */
function quoted(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  if (/^[\x20-\x26\x28-\x7e]*$/.test(text)) return `'${text}'`;
  const escaped = text
    .split('')
    .map((character) =>
      /[\x20-\x26\x28-\x5b\x5d-\x7e]/.test(character)
        ? character
        : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
  return `$'${escaped.join('')}'`;
}
