import { Logger } from '@nestjs/common';
import { NoAnswer } from '#kernel';

/** Without any answer for this long a connection counts as dead: its other end may be gone without closing it. */
const SILENCE_MAX_MS = 1_000;

/** Whether a server can be used. It logs each change, and drops a connection that has been silent for too long. */
export class ServerHealth {
  private readonly logger = new Logger('Locks');
  private answers = true;
  private silentSince: number | undefined;
  private closing = false;

  /**
   * @param server as log lines name it
   * @param dropConnection called when the connection counts as dead
   */
  constructor(
    private readonly server: string,
    private readonly dropConnection: () => void = () => undefined,
  ) {}

  answered(): void {
    if (!this.answers) this.logger.log({ msg: 'A server of the lock service can be used again', server: this.server });
    this.answers = true;
    this.silentSince = undefined;
  }

  failed(error: unknown): void {
    if (this.closing) return;
    if (this.answers) {
      const reason = error instanceof Error ? error.message : error;
      this.logger.warn({ msg: 'A server of the lock service cannot be used', server: this.server, reason });
    }
    this.answers = false;
    if (error instanceof NoAnswer) this.noteSilence();
    else this.silentSince = undefined;
  }

  /** From now on no answer is expected. */
  close(): void {
    this.closing = true;
  }

  private noteSilence(): void {
    const now = performance.now();
    this.silentSince ??= now;
    if (now - this.silentSince < SILENCE_MAX_MS) return;
    this.silentSince = undefined;
    this.dropConnection();
  }
}
