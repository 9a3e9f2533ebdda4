import type { Logger } from '@nestjs/common';
import { reasonOf } from './error-text.js';

type Fields = Readonly<Record<string, unknown>>;

/** Logs once that something is down and once that it is up again, however often it is tried in between. */
export class ConnectionStatusLogger {
  private readonly known = new Set<string>();
  private isUp = false;

  constructor(
    private readonly logger: Logger,
    /** Its name in a log line: `connection to RabbitMQ`. */
    private readonly what: string,
  ) {}

  up(fields: Fields = {}): void {
    if (!this.isUp) this.logger.log({ msg: `${this.what} is up`, ...fields });
    this.isUp = true;
    this.known.clear();
  }

  /** Warns of each reason once until it is up again. */
  down(error: unknown, fields: Fields = {}): void {
    const reason = reasonOf(error);
    const line = { msg: `${this.what} is down, trying again`, reason, ...fields };
    if (this.known.has(reason)) this.logger.debug(line);
    else this.logger.warn(line);
    this.known.add(reason);
    this.isUp = false;
  }
}
