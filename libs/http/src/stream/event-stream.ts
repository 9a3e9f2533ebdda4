import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';

/** One server-sent event. */
export interface StreamEvent {
  /** What a client that comes back says as Last-Event-ID. One line. */
  readonly id: string;
  /** Its type. One line. */
  readonly event: string;
  /** Sent as JSON, so on one line. */
  readonly data: unknown;
}

/** More than this is not kept for a client, whatever whoever feeds it believes. */
const BUFFER_MAX_BYTES = 1_048_576;

/** Server-sent events to one client (WHATWG HTML, section 9.2), from its headers to its end. */
export class EventStream {
  private fullSince: number | undefined;
  private drained: () => void = () => undefined;

  private constructor(
    private readonly raw: ServerResponse,
    /** By the clock of `performance`. */
    readonly endsAtMs: number,
  ) {
    raw.on('drain', () => {
      this.fullSince = undefined;
      this.drained();
    });
  }

  /** Sends the headers that hooks have set, and those of a stream. @param retryMs after which a client that lost it comes back */
  static open(reply: FastifyReply, retryMs: number, endsAtMs: number): EventStream {
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      // Neither kept, nor compressed, nor collected by whatever stands between.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      // With the stream ends the connection: a stop of the process need not wait for it to become idle.
      connection: 'close',
    });
    const stream = new EventStream(reply.raw, endsAtMs);
    stream.write(`retry: ${retryMs}\n\n`);
    return stream;
  }

  get isOpen(): boolean {
    return !this.raw.destroyed && !this.raw.writableEnded;
  }

  /** Whether the client has yet to take what was sent. Whoever feeds it sends more after `onDrain`. */
  get isFull(): boolean {
    return this.fullSince !== undefined;
  }

  /** Since when it is full, by the clock of `performance`. */
  get fullSinceMs(): number | undefined {
    return this.fullSince;
  }

  onDrain(drained: () => void): void {
    this.drained = drained;
  }

  onClose(closed: () => void): void {
    this.raw.once('close', closed);
    if (this.raw.destroyed) closed();
  }

  send({ id, event, data }: StreamEvent): void {
    this.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** A comment, by which client, server and what stands between see that the connection lives. */
  beat(): void {
    if (!this.isFull) this.write(':\n\n');
  }

  /** The client sees a stream that is complete, and comes back for more. */
  end(): void {
    this.raw.end();
  }

  /** The client sees a broken connection, and comes back where it was. */
  cut(): void {
    this.raw.destroy();
  }

  private write(text: string): void {
    if (!this.isOpen) return;
    if (!this.raw.write(text)) this.fullSince ??= performance.now();
    if (this.raw.writableLength > BUFFER_MAX_BYTES) this.cut();
  }
}
