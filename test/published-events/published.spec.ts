/** @servers none */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { events } from '#contracts';
import { defineEvent } from '#messaging';
import { asStored, breakingChanges, publicationOf, publish, readPublished } from './published.js';

describe('every published version of an event', () => {
  it('is still there: its messages may wait in queues and dead letters for 30 days after the last was sent', async () => {
    const types = new Set(events.map(({ type }) => type));
    const published = await readPublished();
    expect([...published.keys()].filter((type) => !types.has(type))).toEqual([]);
  });

  it('is recorded as it is now; if this fails: npm run docs:events -- --publish', async () => {
    const published = await readPublished();
    for (const event of events) {
      const before = published.get(event.type);
      expect(before).toEqual(asStored(publicationOf(event, before)));
    }
  });

  it('has not changed for those who send or read it', async () => {
    const published = await readPublished();
    const breaks = events.flatMap((event) => {
      const before = published.get(event.type);
      return before === undefined
        ? []
        : breakingChanges(before, publicationOf(event, before)).map((line) => [event.type, line]);
    });
    expect(breaks).toEqual([]);
  });

  it('takes every example ever published, and loses nothing of it', async () => {
    const published = await readPublished();
    for (const { type, schema } of events) {
      const examples = published.get(type)?.examples ?? [];
      expect({ type, count: examples.length }).toEqual({ type, count: expect.any(Number) });
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect({ type, data: schema.parse(example) }).toEqual({ type, data: example });
    }
  });
});

describe('publishing', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'published-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const written = defineEvent({
    type: 'story.written.v1',
    source: 'author',
    description: 'Somebody has written a story.',
    schema: z.object({ title: z.string().max(80) }),
    example: { title: 'The Raven' },
    queues: [],
  });
  const longer = {
    ...written,
    schema: written.schema.extend({ pages: z.int().optional() }),
    example: { title: 'The Raven', pages: 12 },
  };
  const broken = {
    ...written,
    type: 'story.written.v1',
    schema: z.object({ name: z.string() }),
    example: { name: 'x' },
  };
  const other = { ...written, type: 'story.lost.v1' };

  it('writes a file a version, and nothing where nothing changed', async () => {
    expect(await publish([written], folder)).toEqual(['story.written.v1']);
    expect(await publish([written], folder)).toEqual([]);
  });

  it('lets a version grow, and keeps the examples of before', async () => {
    expect(await publish([longer], folder)).toEqual(['story.written.v1']);
    const { examples, schema } = (await readPublished(folder)).get('story.written.v1')!;
    expect(examples).toEqual([{ title: 'The Raven' }, { title: 'The Raven', pages: 12 }]);
    expect(schema['required']).toEqual(['title']);
  });

  it('refuses to change a version, and then writes nothing at all', async () => {
    await expect(publish([other, broken], folder)).rejects.toMatchObject({
      breaks: expect.arrayContaining([
        'story.written.v1: what was sent so far is not taken: /name: is required and may be missing',
        'story.written.v1: what was sent so far is not taken: /title: is not read any more',
        'story.written.v1: readers of today do not take it: /title: is required and may be missing',
      ]),
    });
    expect(await readdir(folder)).toEqual(['story.written.v1.json']);
  });

  it('refuses another source: with the subject it names the sequence', async () => {
    await expect(publish([{ ...longer, source: 'printer' }], folder)).rejects.toMatchObject({
      breaks: ['story.written.v1: source: author became printer'],
    });
  });
});
