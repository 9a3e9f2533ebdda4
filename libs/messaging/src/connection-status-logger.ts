import { inspect } from 'node:util';
import type { Logger } from '@nestjs/common';

type Fields = Readonly<Record<string, unknown>>;

/** Says once that something is lost and once that it is back, however often it is tried in between. */
export class ConnectionStatusLogger {
  private readonly known = new Set<string>();
  private isUp = false;

  constructor(
    private readonly logger: Logger,
    /** What comes and goes, as it reads in a log line: `connection to RabbitMQ`. */
    private readonly what: string,
  ) {}

  up(fields: Fields = {}): void {
    if (!this.isUp) this.logger.log({ msg: `${this.what} is up`, ...fields });
    this.isUp = true;
    this.known.clear();
  }

  /** Each new reason is a warning; one that is known since the last time it was up is not worth a second. */
  down(error: unknown, fields: Fields = {}): void {
    const reason = reasonOf(error);
    const line = { msg: `${this.what} is down, trying again`, reason, ...fields };
    if (this.known.has(reason)) this.logger.debug(line);
    else this.logger.warn(line);
    this.known.add(reason);
    this.isUp = false;
  }
}

/** Some system errors carry nothing but a code. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return asText(error);
  return asText(error.message || (error as NodeJS.ErrnoException).code || error.name);
}

/** Of whatever was thrown: a value without a `toString`, or a message that is an object, must not fail whoever tells of it. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : inspect(value));
