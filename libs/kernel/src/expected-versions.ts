import { StaleVersion } from './stale-version.js';

/** Versions of which a client accepts any one; undefined where it accepts every version. An empty list accepts none. */
export type ExpectedVersions = readonly number[] | undefined;

/** @throws {StaleVersion} */
export function assertVersion(expected: ExpectedVersions, current: number): void {
  if (expected !== undefined && !expected.includes(current)) throw new StaleVersion(current);
}
