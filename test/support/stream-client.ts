import { request, type ClientRequest, type IncomingMessage } from 'node:http';

export interface ReceivedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: any;
}

interface StreamOptions {
  /** Path with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it connects, asked at each connection. */
  readonly url: () => string;
  /** Comes back by itself when the stream has ended or broken, as browsers do. */
  readonly comesBack?: boolean;
}

const RETRY_MS = 1_000;

/** One client of an event stream, which reads as WHATWG HTML, section 9.2, says. */
export class StreamClient {
  readonly events: ReceivedEvent[] = [];
  /** Statuses and headers of the answers so far. */
  readonly answers: { readonly status: number; readonly headers: IncomingMessage['headers']; body: string }[] = [];
  /** How connections ended: the stream was complete, or it broke. */
  readonly ends: ('ended' | 'broken')[] = [];
  comments = 0;
  private lastEventId: string | undefined;
  private retryMs = RETRY_MS;
  private outgoing: ClientRequest | undefined;
  private incoming: IncomingMessage | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly options: StreamOptions) {
    this.connect();
  }

  get sequences(): number[] {
    return this.events.map(({ id }) => Number(id));
  }

  get isConnected(): boolean {
    return this.incoming !== undefined;
  }

  /** Reads nothing more for now: what the server sends stays with the server. */
  pause(): void {
    this.incoming?.pause();
  }

  resume(): void {
    this.incoming?.resume();
  }

  /** Loses the connection. */
  break(): void {
    this.outgoing?.destroy();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.outgoing?.destroy();
  }

  private connect(): void {
    const { path, headers, url } = this.options;
    const last = this.lastEventId === undefined ? {} : { 'last-event-id': this.lastEventId };
    const outgoing = request(url() + path, { agent: false, headers: { ...headers, ...last } });
    this.outgoing = outgoing;
    let over = false;
    const end = (how: 'ended' | 'broken') => {
      if (over) return;
      over = true;
      this.incoming = undefined;
      this.ends.push(how);
      this.comeBack();
    };
    outgoing.on('error', () => end('broken'));
    outgoing.on('response', (response) => {
      const answer = { status: response.statusCode ?? 0, headers: response.headers, body: '' };
      this.answers.push(answer);
      if (answer.status === 200) this.incoming = response;
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        if (answer.status !== 200) answer.body += text;
        else rest = this.take(rest + text);
      });
      response.on('end', () => end('ended'));
      response.on('error', () => end('broken'));
      response.on('close', () => end('broken'));
    });
    outgoing.end();
  }

  private comeBack(): void {
    if (this.options.comesBack !== true || this.closed) return;
    this.timer = setTimeout(() => this.connect(), this.retryMs);
  }

  /** Returns what is not complete yet. */
  private take(text: string): string {
    const blocks = text.split('\n\n');
    const rest = blocks.pop() ?? '';
    for (const block of blocks) this.takeBlock(block.split('\n'));
    return rest;
  }

  private takeBlock(lines: readonly string[]): void {
    const fields = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
    );
    if (fields.has('')) this.comments += 1;
    this.retryMs = Number(fields.get('retry') ?? this.retryMs);
    const data = fields.get('data');
    if (data === undefined) return;
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    this.events.push({ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) });
  }
}
