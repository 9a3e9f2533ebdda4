import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** An address that is known before the process behind it has a port: passes requests on, as they are. */
export class Forwarder {
  /** Where requests go; without it they are refused. */
  target: string | undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Forwarder> {
    const server = createServer();
    const forwarder = new Forwarder(server);
    server.on('request', (request, response) => void forwarder.pass(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return forwarder;
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers, url = '/' } = request;
    const body = method === 'GET' ? undefined : new Uint8Array(await buffer(request));
    if (this.target === undefined) {
      response.writeHead(502).end();
      return;
    }
    const { host: _host, connection: _connection, ...passed } = headers as Record<string, string>;
    const answer = await fetch(`${this.target}${url}`, { method, headers: passed, body: body ?? null });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
