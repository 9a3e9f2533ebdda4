/** @servers none */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const LIBRARIES = path.join(import.meta.dirname, '../libs');
const CLASS = /^export class (\w+)/gm;
const CONSUMES = /@Consumes\((\w+),/g;
const ROW = /^\| (\w+) +\| `(\w+)` +\| (?:`(\w+)`)?/gm;

interface Part {
  readonly module: string;
  readonly source: string;
}

/** The files of one folder of every library. */
function partsIn(folder: string): Part[] {
  return readdirSync(LIBRARIES, { recursive: true, encoding: 'utf8' })
    .map((file) => ({ file, match: /^(\w+)\/src\/([\w-]+)\/[^/]+\.ts$/.exec(file) }))
    .filter(({ file, match }) => match?.[2] === folder && !/\.(?:spec|suite)\.ts$/.test(file))
    .map(({ file, match }) => ({ module: match![1]!, source: readFileSync(path.join(LIBRARIES, file), 'utf8') }));
}

const namesIn = (source: string, pattern: RegExp): string[] => [...source.matchAll(pattern)].map(([, name]) => name!);

const readme = readFileSync(path.join(LIBRARIES, 'README.md'), 'utf8');
const rows = [...readme.matchAll(ROW)].map(([, module, name, event]) => ({ module: module!, name: name!, event }));

describe('the tables of libs/README.md', () => {
  it('name every use case of every module, and no other', () => {
    const classes = partsIn('use-cases').flatMap(({ module, source }) =>
      namesIn(source, CLASS).map((name) => `${module} ${name}`),
    );
    expect(classes.length).toBeGreaterThan(0);
    const named = rows.filter(({ event }) => event === undefined).map(({ module, name }) => `${module} ${name}`);
    expect(named.toSorted()).toEqual(classes.toSorted());
  });

  it('name every consumer with its event, and no other', () => {
    const consumers = partsIn('consumers').flatMap(({ module, source }) =>
      namesIn(source, CLASS).map((name) => `${module} ${name} ${namesIn(source, CONSUMES).join(' ')}`),
    );
    expect(consumers.length).toBeGreaterThan(0);
    const named = rows
      .filter(({ event }) => event !== undefined)
      .map((row) => `${row.module} ${row.name} ${row.event}`);
    expect(named.toSorted()).toEqual(consumers.toSorted());
  });
});
