/** @servers none */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from '@jest/globals';

interface LogFile {
  write(line: string): void;
}

const { LogFile } = (await import(new URL('../../docker/run/log-file.mjs', import.meta.url).href)) as {
  LogFile: new (file: string, bytesMax: number) => LogFile;
};

it('keeps the newest lines of a log in two files of limited size', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-log-'));
  const file = path.join(folder, 'api.log');
  const log = new LogFile(file, 100);
  for (let line = 1; line <= 1_000; line += 1) log.write(`line ${line}`);
  expect((await readdir(folder)).toSorted()).toEqual(['api.log', 'api.log.previous']);
  const kept = `${await readFile(`${file}.previous`, 'utf8')}${await readFile(file, 'utf8')}`;
  expect(kept.length).toBeLessThanOrEqual(2 * 110);
  expect(kept.trimEnd().split('\n').at(-1)).toBe('line 1000');
  await rm(folder, { recursive: true });
});
