import { hasCardNumber } from '../validation/card-number.js';

/** The path of a request, as a problem document names it: without its query, and without what looks like the number of a payment card. */
export function instanceOf(url: string): string {
  const path = url.split('?', 1)[0] ?? url;
  return path
    .split('/')
    .map((part) => (hasCardNumber(decoded(part)) ? 'hidden' : part))
    .join('/');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Not percent-encoding, so it is refused as it is.
  }
}
