import type { ExpectedVersions } from '#kernel';
import { IfMatchInvalid } from '../http.errors.js';

/** RFC 9110, section 8.8.3. */
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
/** A version as this API writes it: no zeros in front, and strong. */
const VERSION = /^"(0|[1-9]\d{0,14})"$/;

/**
 * The versions that If-Match accepts. A weak tag, or one that this API never made, matches nothing. `*` accepts what exists, whatever its
 * version.
 *
 * @throws {IfMatchInvalid} for what is no list of entity tags
 */
export function expectedVersions(header: string | undefined): ExpectedVersions {
  if (header === undefined || header.trim() === '*') return undefined;
  const tags = header.split(',').map((tag) => tag.trim());
  if (!tags.every((tag) => ENTITY_TAG.test(tag))) throw new IfMatchInvalid();
  return tags.flatMap((tag) => {
    const version = VERSION.exec(tag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
