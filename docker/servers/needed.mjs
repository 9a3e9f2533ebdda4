import { readFileSync } from 'node:fs';
import { CATALOGUE, STANDARD } from './catalogue.mjs';

const DECLARATION = /@servers[ \t]+([\w ,]+)/;
/** A spec file without a declaration uses what a shop uses. */
const DEFAULT = STANDARD;

/**
 * The servers that a spec file says it needs: `@servers none`, or `@servers etcd, postgres`, in a comment at its top.
 *
 * @param {string} file a path
 * @returns {readonly string[]} names of the catalogue
 */
export function serversOf(file) {
  const [top = ''] = /^\s*(\/\*\*[^]*?\*\/)?/.exec(readFileSync(file, 'utf8')) ?? [];
  const declared = DECLARATION.exec(top)?.[1];
  if (declared === undefined) return DEFAULT;
  const names = declared.split(/[ ,]+/).filter((name) => name !== '' && name !== 'none');
  const unknown = names.find((name) => !CATALOGUE.some((kind) => kind.name === name));
  if (unknown) throw new Error(`${file} declares "@servers ${unknown}", and there is no such server.`);
  return names;
}
