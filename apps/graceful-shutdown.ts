import type { INestApplicationContext } from '@nestjs/common';
import type { Logger } from 'pino';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** One Ctrl-C can arrive twice: from the terminal, and once more from whoever started this process. */
const SAME_PRESS_MS = 500;

interface Stopping {
  readonly log: Logger;
  readonly timeoutSeconds: number;
  /** Before anything is closed. */
  readonly drain: () => Promise<void>;
}

/**
 * The first SIGTERM or SIGINT lets the process finish what it has begun and ends it with 0; with 1 when that takes longer than allowed,
 * or at once when a second one comes.
 */
export function stopOnSignal(app: INestApplicationContext, { log, timeoutSeconds, drain }: Stopping): void {
  let since: number | undefined;
  const stop = async (signal: string): Promise<void> => {
    if (since !== undefined) {
      if (performance.now() - since > SAME_PRESS_MS) process.exit(1);
      return;
    }
    since = performance.now();
    log.info({ msg: 'stopping', signal });
    setTimeout(() => giveUp(log, timeoutSeconds), timeoutSeconds * 1_000).unref();
    try {
      await drain();
      await app.close();
    } catch (error) {
      log.error({ msg: 'stopping failed', err: error });
      process.exit(1);
    }
    log.info({ msg: 'stopped', ms: Math.round(performance.now() - since) });
    process.exit(0);
  };
  for (const signal of SIGNALS) process.on(signal, () => void stop(signal));
}

function giveUp(log: Logger, timeoutSeconds: number): never {
  log.error({ msg: 'not everything finished in time: stopping anyway', timeout_seconds: timeoutSeconds });
  process.exit(1);
}
