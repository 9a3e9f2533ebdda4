import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { DatabaseUnavailable } from '#database';
import { eventually } from '../../../../test/support/eventually.js';
import { EventsFailed } from './events-failed.js';
import { delivered, envelopeOf, MillSite, mill, milledEvent, names, QUEUE } from './mill.suite.js';
import { PermanentFailure } from './permanent-failure.js';

const site = MillSite.forSpec();

describe('a batch that fails', () => {
  it('is taken apart aside until its neighbours have taken effect and the poison has gone its way with exact counts', async () => {
    mill.script = (events) => {
      if (events.some(({ subject }) => subject === 'poison')) throw new TypeError('bitter');
    };
    const neighbours = names(7, 'good');
    await site.deliverTogether([...neighbours.slice(0, 3), 'poison', ...neighbours.slice(3)]);
    const { properties } = await site.sandbox.take(`${QUEUE}.dlq`);
    expect(properties.headers).toMatchObject({
      'ce-subject': 'poison',
      'x-attempt': 9,
      'x-rung': 2,
      'x-error': 'bitter',
      'x-error-class': 'TypeError',
    });
    expect((await site.milledOnce(8)).slice(1).toSorted()).toEqual(neighbours);
    // All, a quarter, then alone: three tries a delivery, three deliveries.
    expect(mill.tries.filter((events) => events.includes('poison')).map((events) => events.length)).toEqual([
      8, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ]);
  });

  it('has no part tried that must fail because all others have not', async () => {
    mill.script = (events) => {
      if (events.some(({ subject }) => subject === 'venom')) throw new PermanentFailure('bitter');
    };
    await site.deliverTogether([...names(7, 'pure'), 'venom']);
    await site.sandbox.take(`${QUEUE}.dlq`);
    expect(mill.tries.slice(1).map((events) => events.join(' '))).toEqual([
      'pure-0 pure-1 pure-2 pure-3 pure-4 pure-5 pure-6 venom',
      'pure-0 pure-1',
      'pure-2 pure-3',
      'pure-4 pure-5',
      'pure-6',
      'venom',
    ]);
  });

  it('loses only those that the handler names, without searching', async () => {
    mill.script = (events) => {
      const bad = events.filter(({ subject }) => subject.startsWith('poison'));
      if (bad.length > 0) throw new EventsFailed(bad.map((event) => [event, new PermanentFailure('unfit')]));
    };
    await site.deliverTogether(['a', 'poison-1', 'b', 'poison-2', 'c']);
    expect((await site.milledOnce(4)).slice(1)).toEqual(['a', 'b', 'c']);
    for (const subject of ['poison-1', 'poison-2']) {
      const { properties } = await site.sandbox.take(`${QUEUE}.dlq`);
      expect(properties.headers).toMatchObject({ 'ce-subject': subject, 'x-attempt': 1, 'x-error': 'unfit' });
    }
    expect(mill.tries.slice(1).map((events) => events.length)).toEqual([5, 3]);
  });

  it('does not keep one that the handler names waiting for another that cannot be sent on', async () => {
    let failed = false;
    mill.script = (events) => {
      const stuck = events.filter(({ subject }) => subject === 'unfit');
      const late = failed ? [] : events.filter(({ subject }) => subject === 'unripe');
      failed = true;
      if (stuck.length + late.length === 0) return;
      throw new EventsFailed([
        ...stuck.map((event) => [event, new PermanentFailure('unfit')] as const),
        ...late.map((event) => [event, new Error('not yet')] as const),
      ]);
    };
    const own = await MillSite.open({});
    const deadLetters = own.sandbox.queue(`${QUEUE}.dlq`);
    await own.sandbox.channel.deleteQueue(deadLetters);
    const full = { 'x-max-length': 0, 'x-overflow': 'reject-publish' };
    await own.sandbox.channel.assertQueue(deadLetters, { arguments: full });
    await own.deliverTogether(['unfit', 'unripe']);
    expect((await own.milledOnce(2)).slice(1)).toEqual(['unripe']);
    await own.sandbox.remove();
  });

  it('leaves the one to blame to be tried alone; others pass it, what is about its subject waits behind it', async () => {
    const mended = new AbortController();
    let triesAlone = 0;
    mill.script = async (events) => {
      if (events.every(({ subject }) => subject !== 'rotten')) return;
      if (events.length === 1) triesAlone += 1;
      if (triesAlone <= 1) throw new Error('rotten');
      if (!mended.signal.aborted) await once(mended.signal, 'abort');
    };
    await site.together(() =>
      site.worker.state([delivered('one'), delivered('rotten'), delivered('two'), delivered('rotten', 2)]),
    );
    await site.milledOnce(3);
    await site.worker.state([delivered('later')]);
    expect((await site.milledOnce(4)).slice(1).toSorted()).toEqual(['later', 'one', 'two']);
    mended.abort();
    expect((await site.milledOnce(6)).slice(4)).toEqual(['rotten', 'rotten 2']);
  });

  it('goes aside: the next batch passes it, and only what is about its subjects waits behind it', async () => {
    const mended = new AbortController();
    let failed = false;
    mill.script = async (events) => {
      if (events.every(({ subject }) => !subject.startsWith('slow'))) return;
      if (failed && !mended.signal.aborted) await once(mended.signal, 'abort');
      if (!failed) {
        failed = true;
        throw new Error('not yet');
      }
    };
    await site.deliverTogether(['slow-1', 'slow-2']);
    await site.worker.state([delivered('slow-2', 2), delivered('next')]);
    expect((await site.milledOnce(2)).slice(1)).toEqual(['next']);
    await site.worker.state([delivered('slow-1', 2), delivered('after')]);
    expect((await site.milledOnce(3)).slice(2)).toEqual(['after']);
    mended.abort();
    const subjects = (await site.milledOnce(7)).slice(3);
    for (const slow of ['slow-1', 'slow-2']) {
      expect(subjects.filter((subject) => subject.startsWith(slow))).toEqual([slow, `${slow} 2`]);
    }
  });

  it('is tried again in parts, two at a time, so that it does not take all connections', async () => {
    const mended = new AbortController();
    let [inside, most] = [0, 0];
    mill.script = async (events) => {
      if (events.every(({ subject }) => !subject.startsWith('stuck'))) return;
      if (events.length > 1) throw new Error('which one?');
      inside += 1;
      most = Math.max(most, inside);
      if (!mended.signal.aborted) await once(mended.signal, 'abort');
      inside -= 1;
    };
    await site.deliverTogether(names(8, 'stuck'));
    await eventually(() => expect(inside).toBe(2));
    await site.worker.state([delivered('unstuck')]);
    expect((await site.milledOnce(2)).slice(1)).toEqual(['unstuck']);
    mended.abort();
    expect((await site.milledOnce(10)).slice(2).toSorted()).toEqual(names(8, 'stuck'));
    expect(most).toBe(2);
  });

  it('keeps the order about a subject of which one event comes back from the ladder with others', async () => {
    let sequence = 0;
    await site.together(() => {
      for (const [subject, attempt] of [
        ['mixed', 0],
        ['mixed', 3],
        ['plain', 0],
        ['mixed', 0],
      ] as const) {
        const envelope = envelopeOf(subject);
        const headers = { ...envelope.headers, 'x-attempt': attempt, 'ce-sequence': (sequence += 1) };
        site.send({ ...envelope, headers });
      }
    });
    const subjects = await site.milledOnce(5);
    expect(subjects.filter((subject) => subject.startsWith('mixed'))).toEqual(['mixed', 'mixed 2', 'mixed 4']);
  });

  it('is tried again as a whole while there is no database, which is nobody’s fault', async () => {
    let failures = 0;
    mill.script = () => {
      failures += 1;
      if (failures <= 2) throw new DatabaseUnavailable(new Error('gone'));
    };
    await site.deliverTogether(names(5, 'patient'));
    expect((await site.milledOnce(6)).slice(1)).toEqual(names(5, 'patient'));
    expect(mill.tries.slice(1).map((events) => events.length)).toEqual([5, 5, 5]);
  });

  it('leaves nothing of a failed try behind', async () => {
    let failed = false;
    mill.script = async (events, { tx }) => {
      await site.worker.outbox.add(tx, [milledEvent('half', events[0]!)]);
      if (!failed) {
        failed = true;
        throw new EventsFailed([[events[0]!, new Error('not yet')]]);
      }
    };
    await site.worker.state([delivered('half')]);
    await site.milledOnce(1);
    const { rows } = await site.sandbox.db.query(
      `SELECT FROM messaging.outbox WHERE subject = 'half' AND source = 'mill'`,
    );
    expect(rows).toHaveLength(1);
  });
});
