import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * One HTTP/1.1 connection that stays open, for one request at a time. It knows as much of HTTP as this API needs, a body with a length,
 * so that buyers cost little of the processor that they share with the shop.
 */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: Waiting | undefined;
  private usable = true;

  private constructor(
    private readonly socket: Socket,
    private readonly host: string,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.take(bytes));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('The connection was closed.')));
  }

  static async open(url: URL): Promise<HttpConnection> {
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    return new HttpConnection(socket, url.host);
  }

  /** False once the server has closed it. */
  get isOpen(): boolean {
    return this.usable;
  }

  post(path: string, headers: string, body: string): Promise<Answer> {
    const length = Buffer.byteLength(body);
    const head = `POST ${path} HTTP/1.1\r\nhost: ${this.host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n`;
    return new Promise((resolve, reject) => {
      if (!this.usable) {
        reject(new Error('The connection was closed.'));
        return;
      }
      this.waiting = { resolve, reject };
      this.socket.write(`${head}${headers}\r\n${body}`);
    });
  }

  close(): void {
    this.usable = false;
    this.socket.destroy();
  }

  private take(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = this.received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.fail(new Error(`An answer without a length:\n${head}`));
      return;
    }
    const end = headEnd + HEAD_END.length + Number(length);
    if (this.received.length < end) return;
    const body = this.received.toString('utf8', headEnd + HEAD_END.length, end);
    this.received = this.received.subarray(end);
    if (/\r\nconnection: close/i.test(head)) this.usable = false;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  private fail(error: Error): void {
    this.usable = false;
    this.socket.destroy();
    this.waiting?.reject(error);
    this.waiting = undefined;
  }
}
