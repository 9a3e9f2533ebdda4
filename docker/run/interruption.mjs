const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
/** One Ctrl-C can arrive twice: from the terminal, and once more from npm, which passes it on. */
const SAME_PRESS_MS = 1_000;

/**
 * Listens for Ctrl-C and its relatives.
 *
 * @param {AbortController} controller aborted by the first one
 * @param {() => void} insist called for a later one: end at once
 * @returns {Promise<void>} resolves with the first one
 */
export function interruption(controller, insist) {
  return new Promise((resolve) => {
    let firstAt = 0;
    for (const name of SIGNALS) {
      process.on(name, () => {
        if (firstAt === 0) {
          firstAt = Date.now();
          controller.abort();
          resolve();
        } else if (Date.now() - firstAt > SAME_PRESS_MS) insist();
      });
    }
  });
}
