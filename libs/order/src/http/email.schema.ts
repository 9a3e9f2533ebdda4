import { domainToASCII } from 'node:url';
import { z } from 'zod';

/** RFC 5321: the part before the @, and the whole. The 63 of a label are in the pattern. */
const LOCAL_PART_MAX = 64;
const LENGTH_MAX = 254;
const NOT_ASCII = /\P{ASCII}/u;

/**
 * What HTML's `<input type=email>` takes, within the lengths of RFC 5321. An international domain is converted to its ASCII form, as
 * browsers do when they send the form.
 */
export const emailSchema = z
  .string()
  .max(LENGTH_MAX)
  .transform(withAsciiDomain)
  .pipe(z.stringFormat('email', isEmail, { error: 'must be an e-mail address such as ada@example.com' }))
  .meta({ example: 'ada@example.com', format: 'idn-email' });

function withAsciiDomain(text: string): string {
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1);
  return NOT_ASCII.test(domain) ? text.slice(0, at + 1) + domainToASCII(domain) : text;
}

function isEmail(text: string): boolean {
  return text.length <= LENGTH_MAX && text.indexOf('@') <= LOCAL_PART_MAX && z.regexes.html5Email.test(text);
}
