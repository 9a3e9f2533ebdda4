/**
 * A module's tables are its own: SQL that names a table of another library is an error. Owners are read from the migrations (whoever creates a
 * table owns it), uses from every string of the production code.
 *
 *     node test/checks/module-schemas.mjs
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.join(import.meta.dirname, '../..');

/** Files that may name tables of others, each with its reason. */
const EXCEPTIONS = new Map([
  ['apps/shop-invariants.ts', 'looks at the shop as a whole'],
  [
    'libs/order/src/persistence/migrations/1764000140002-hold-reminders.ts',
    'a migration is not changed after its release',
  ],
  [
    'libs/payment/src/persistence/migrations/1764000150002-query-reminders.ts',
    'a migration is not changed after its release',
  ],
]);

const CREATED = /CREATE TABLE (?:IF NOT EXISTS )?([a-z_]+\.[a-z_]+)/g;

const files = ['apps', 'libs']
  .flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
  )
  .filter((file) => file.endsWith('.ts') && !/\.(?:spec|suite)\.ts$/.test(file));
const texts = new Map(files.map((file) => [file, stringsOf(file)]));

const owners = new Map();
for (const [file, strings] of texts) {
  for (const { text } of strings) for (const [, table] of text.matchAll(CREATED)) owners.set(table, libraryOf(file));
}
if (owners.size === 0) throw new Error('No migration creates a table: the check looks in the wrong place.');

const TABLE = new RegExp(
  String.raw`\b(?:${[...owners.keys()].map((table) => table.replace('.', String.raw`\.`)).join('|')})\b`,
  'g',
);
const violations = [...texts].flatMap(([file, strings]) =>
  EXCEPTIONS.has(file)
    ? []
    : strings.flatMap(({ text, line }) =>
        [...text.matchAll(TABLE)]
          .filter(([table]) => owners.get(table) !== libraryOf(file))
          .map(([table]) => `${file}:${line} names ${table}, a table of libs/${owners.get(table)}`),
      ),
);
for (const file of EXCEPTIONS.keys())
  if (!texts.has(file)) violations.push(`${file} is an exception, but does not exist`);

for (const violation of violations) console.error(violation);
if (violations.length > 0) {
  console.error('\nAsk the owner by a port of libs/contracts, or move the query to where it belongs.');
  process.exitCode = 1;
}

/** @param {string} file */
function libraryOf(file) {
  const [, library, name] = /^(libs)\/([^/]+)\//.exec(file) ?? [];
  return library === undefined ? 'apps' : name;
}

/** @param {string} file */
function stringsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest);
  const found = [];
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push({ text: node.text, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
