import type { ExpectedVersions } from '#kernel';
import { IfMatchInvalid } from '../http.errors.js';

/** An entity tag of RFC 9110, section 8.8.3. A comma inside the quotes is part of it. */
const ENTITY_TAG = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const ENTITY_TAGS = new RegExp(ENTITY_TAG, 'g');
/** A list as section 5.6.1.2 tells a recipient to read it: empty elements count for nothing. */
const LIST = new RegExp(String.raw`^[ \t,]*${ENTITY_TAG}(?:[ \t]*,[ \t,]*${ENTITY_TAG})*[ \t,]*$`);
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
  if (!LIST.test(header)) throw new IfMatchInvalid();
  const tags = header.match(ENTITY_TAGS) ?? [];
  return tags.flatMap((tag) => {
    const version = VERSION.exec(tag)?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
