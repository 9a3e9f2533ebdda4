import { readFileSync } from 'node:fs';

/**
 * Ends the process with one line where Node is too old. Call it before importing anything else dynamically: newer
 * syntax would fail to parse, with a message that explains nothing.
 */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const needed = engines.node.replace(/[^\d.]/g, '');
  if (process.versions.node.localeCompare(needed, 'en', { numeric: true }) >= 0) return;
  console.error(
    `Holdfast needs Node ${engines.node}, and this is ${process.version}. Install a newer one: https://nodejs.org`,
  );
  process.exit(1);
}
