import { hostname } from 'node:os';

/** How this process is called in a list of who holds what: its host, and its number there. Printable ASCII without spaces. */
export const processName = `${hostname()
  .replaceAll(/[^!-~]/g, '_')
  .slice(0, 100)}/${process.pid}`;
