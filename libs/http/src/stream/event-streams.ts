import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { Metrics } from '#observability';
import { BadRequest, StreamLimitReached, TooManyStreams } from '../http.errors.js';
import { EventStream } from './event-stream.js';
import { EventStreamAnswer } from './event-stream-answer.js';

/** Below what load balancers and proxies take for the silence of a dead connection. */
const BEAT_EVERY_MS = 15_000;
/** A client that has taken nothing for so long, although something waits for it, is cut off. */
const STALL_MAX_MS = 30_000;
/** After that a stream ends and its client comes back: to a process that has room, and with credentials that are looked at again. */
const AGE_MAX_MS = 15 * 60_000;
/** When a process stops, its clients have so long to take what was sent. */
const FAREWELL_MS = 1_000;
const STREAMS_OF_SUBJECT_MAX = 20;
const RETRY_MIN_MS = 500;
const RETRY_SPREAD_MS = 2_000;

/** All event streams of this process: how many there may be, their heartbeat and their end. */
@Injectable()
export class EventStreams {
  /** A test shortens them. */
  readonly times = { beatEveryMs: BEAT_EVERY_MS, stallMaxMs: STALL_MAX_MS, ageMaxMs: AGE_MAX_MS };
  private readonly logger = new Logger(EventStreams.name);
  private readonly open = new Set<EventStream>();
  private readonly countOf = new Map<string, number>();
  private reserved = 0;
  private ending = false;
  private beat: NodeJS.Timeout | undefined;

  constructor(
    private readonly config: Config,
    private readonly metrics: Metrics,
  ) {
    metrics.gauge({ name: 'http_event_streams', help: 'Event streams that are open.' }, (gauge) =>
      gauge.set(this.open.size),
    );
  }

  /**
   * The answer of a handler whose client follows what happens, from now on. Its place is taken at once.
   *
   * @param subject what it is about: of one subject a process has a few streams only
   * @param feed called when the headers are sent; returns what ends the feeding
   * @throws {TooManyStreams} {StreamLimitReached}
   */
  answer(subject: string, feed: (stream: EventStream) => () => void): EventStreamAnswer {
    if (this.ending) throw new BadRequest('shutting_down', 'This process is stopping. Come back at once.');
    if (this.reserved >= this.config.STREAM_CLIENTS_MAX) throw new TooManyStreams();
    const count = this.countOf.get(subject) ?? 0;
    if (count >= STREAMS_OF_SUBJECT_MAX) throw new StreamLimitReached(STREAMS_OF_SUBJECT_MAX);
    this.countOf.set(subject, count + 1);
    this.reserved += 1;
    return new EventStreamAnswer((reply) => {
      const retryMs = RETRY_MIN_MS + Math.floor(Math.random() * RETRY_SPREAD_MS);
      // Streams that were opened together do not end together.
      const ageMs = this.times.ageMaxMs * (0.8 + 0.2 * Math.random());
      const stream = EventStream.open(reply, retryMs, performance.now() + ageMs);
      this.open.add(stream);
      this.beat ??= setInterval(() => this.beatAll(), this.times.beatEveryMs).unref();
      const stop = feed(stream);
      stream.onClose(() => {
        stop();
        this.open.delete(stream);
        this.giveBack(subject);
      });
      if (this.ending || reply.request.method === 'HEAD') stream.end();
    });
  }

  /** Ends all streams; new ones are refused. A client that does not take the end is cut off a little later. */
  endAll(): void {
    this.ending = true;
    clearInterval(this.beat);
    for (const stream of this.open) stream.end();
    setTimeout(() => {
      for (const stream of this.open) stream.cut();
    }, FAREWELL_MS).unref();
  }

  private giveBack(subject: string): void {
    this.reserved -= 1;
    const count = (this.countOf.get(subject) ?? 1) - 1;
    if (count === 0) this.countOf.delete(subject);
    else this.countOf.set(subject, count);
  }

  private beatAll(): void {
    const now = performance.now();
    let cut = 0;
    for (const stream of this.open) {
      if (stream.fullSinceMs !== undefined && now - stream.fullSinceMs > this.times.stallMaxMs) {
        stream.cut();
        cut += 1;
      } else if (now > stream.endsAtMs) stream.end();
      else stream.beat();
    }
    if (cut === 0) return;
    this.logger.log({ msg: 'cut off clients that did not read', streams: cut });
    this.metrics
      .counter({ name: 'http_event_streams_cut_total', help: 'Event streams whose client did not read.' })
      .inc(cut);
  }
}
