import { readFileSync } from 'node:fs';

/**
 * Ends the process with one line where Node is too old. Call it before importing anything else dynamically: newer
 * syntax would fail to parse, with a message that explains nothing.
 */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (accepts(engines.node, process.versions.node)) return;
  console.error(
    `Holdfast needs Node ${engines.node}, and this is ${process.version}. Install one of these: https://nodejs.org`,
  );
  process.exit(1);
}

/**
 * Knows the two forms of range that this project uses, `^20.19.0` and `>=24.11.0`, joined by `||`.
 *
 * @param {string} ranges @param {string} version
 */
export function accepts(ranges, version) {
  return ranges.split('||').some((range) => {
    const [, form, least = ''] = /^\s*(\^|>=)([\d.]+)\s*$/.exec(range) ?? [];
    const isRecent = version.localeCompare(least, 'en', { numeric: true }) >= 0;
    return isRecent && (form === '>=' || version.split('.')[0] === least.split('.')[0]);
  });
}
