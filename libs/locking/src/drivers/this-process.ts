import { hostname } from 'node:os';

/** Name of this process in lists of held locks: host and process id, printable ASCII without spaces. */
export const processName = `${hostname()
  .replaceAll(/[^!-~]/g, '_')
  .slice(0, 100)}/${process.pid}`;
