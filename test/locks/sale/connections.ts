import { Agent, request, type IncomingMessage } from 'node:http';

export interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly body: any;
  readonly ms: number;
}

/** Kept-alive connections to one api process: cheaper than fetch, so that the shop and not its buyers has the machine. */
export class Connections {
  private readonly agent: Agent;

  constructor(
    private readonly origin: string,
    count: number,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: count });
  }

  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const startedAt = performance.now();
    try {
      const { status, text } = await this.send(path, JSON.stringify(body), headers);
      return { status, body: JSON.parse(text), ms: performance.now() - startedAt };
    } catch (error) {
      return { status: 0, body: { code: String(error) }, ms: performance.now() - startedAt };
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private send(path: string, body: string, headers: Readonly<Record<string, string>>) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const outgoing = request(
        this.origin + path,
        {
          method: 'POST',
          agent: this.agent,
          headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
        },
        (incoming: IncomingMessage) => {
          let text = '';
          incoming.setEncoding('utf8');
          incoming.on('data', (chunk: string) => (text += chunk));
          incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
          incoming.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}
