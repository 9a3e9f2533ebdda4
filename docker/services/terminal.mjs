/** What a person has to change or install before the command can go on. Printed without a stack. */
export class Advice extends Error {}

/** Somebody pressed Ctrl-C, or asked with SIGTERM. */
export class Interrupted extends Error {}

const TITLE_WIDTH = 13;

/**
 * Progress goes to stderr, so that stdout stays what the command itself answers (`npm test -- --json`).
 *
 * @param {string} title @param {string} text
 */
export function say(title, text) {
  process.stderr.write(`${title.padEnd(TITLE_WIDTH)}${text}\n`);
}

/** @returns {() => string} the seconds since, e.g. "6.9 s" */
export function stopwatch() {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1_000).toFixed(1)} s`;
}

/**
 * Says every 15 s that a long step still runs: silence looks like a hang.
 *
 * @template T
 * @param {string} title @param {string} doing @param {() => Promise<T>} step
 */
export async function withReminder(title, doing, step) {
  const elapsed = stopwatch();
  const timer = setInterval(() => say(title, `still ${doing} (${elapsed()})`), 15_000);
  try {
    return await step();
  } finally {
    clearInterval(timer);
  }
}

/**
 * Runs a command's main function; an {@link Advice} is printed as one message, anything else with its stack.
 *
 * @param {() => Promise<number>} main resolves with the exit code
 */
export async function runMain(main) {
  // A terminal that was closed must not keep us from ending what was started.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    process.exitCode = await main();
  } catch (error) {
    if (error instanceof Interrupted) process.exitCode = 130;
    else {
      const text = error instanceof Advice ? error.message : String(/** @type {Error} */ (error).stack ?? error);
      process.stderr.write(`\n${text}\n`);
      process.exitCode = 1;
    }
  }
}
