/** One Ctrl-C can arrive twice: from the terminal, and once more from npm, which passes it on. */
const SAME_PRESS_MS = 1_000;
const PARENT_POLL_MS = 500;

/**
 * Listens for Ctrl-C and its relatives.
 *
 * @param {AbortController} controller aborted by the first one
 * @param {() => void} insist called for a later one: end at once
 * @returns {Promise<void>} resolves with the first one
 */
export function signals(controller, insist) {
  return new Promise((resolve) => {
    let firstAt = 0;
    const handle = () => {
      if (firstAt > 0 && Date.now() - firstAt > SAME_PRESS_MS) insist();
      firstAt ||= Date.now();
      controller.abort();
      resolve();
    };
    for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, handle);
    watchParent(handle);
  });
}

/**
 * npm runs a script through a shell, and a shell that gets SIGTERM dies without passing it on: its death is the only
 * sign. Without npm between, a parent may well leave (`nohup`, a closed shell) and mean nothing by it.
 */
function watchParent(onDeath) {
  if (!process.env['npm_lifecycle_event']) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onDeath();
  }, PARENT_POLL_MS);
  timer.unref();
}
