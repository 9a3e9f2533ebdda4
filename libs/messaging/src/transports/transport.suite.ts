import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import {
  aFailure,
  anEvent,
  handled,
  heldBack,
  READER_QUEUE,
  PACKED_QUEUE,
  ItemPacked,
  Process,
  reject,
  RETRY_DELAY_SECONDS,
  subjectsOf,
  type TransportBackend,
} from './transport-process.suite.js';

/** What every transport must do. */
export function describeTransport(name: string, openBackend: () => Promise<TransportBackend>): void {
  describe(`the transport ${name}`, () => {
    let backend: TransportBackend;
    const processes: Process[] = [];

    beforeAll(async () => {
      backend = await openBackend();
    });
    // Whatever a test leaves in the queues is none of the next one's business.
    afterEach(async () => {
      await Promise.all(processes.splice(0).map((process) => process.end()));
      await backend.remove();
    });
    afterAll(() => backend.remove());

    async function start(): Promise<Process> {
      const process = new Process(backend.open([ItemPacked], [RETRY_DELAY_SECONDS]));
      processes.push(process);
      await eventually(() => expect(process.transport.ready).toBe(true));
      return process;
    }

    it('takes nothing before it is ready, and says when it is', async () => {
      const transport = backend.open([ItemPacked], [RETRY_DELAY_SECONDS]);
      let calls = 0;
      transport.onReady(() => (calls += 1));
      expect(transport.ready).toBe(false);
      expect(await transport.publish([anEvent('early')])).toMatchObject([{ result: 'unknown' }]);
      processes.push(new Process(transport));
      await eventually(() => expect([transport.ready, calls]).toEqual([true, 1]));
    });

    describe('an event', () => {
      it('comes to each of its queues, with all its attributes', async () => {
        const process = await start();
        const event = anEvent('typical');
        expect(await process.transport.publish([event])).toEqual([{ result: 'confirmed' }]);
        for (const queue of [PACKED_QUEUE, READER_QUEUE]) {
          const messages = process.consume(queue, handled);
          await eventually(() => expect(messages).toHaveLength(1));
          expect(messages[0]).toMatchObject({
            queue,
            id: event.id,
            type: event.type,
            correlationId: event.correlationId,
            body: Buffer.from(event.data),
            tries: 0,
            retryLevel: 0,
          });
          expect(messages[0]!.headers).toMatchObject({
            'ce-specversion': '1.0',
            'ce-source': 'sender',
            'ce-subject': 'typical',
            'ce-sequence': 1,
            'ce-time': '2026-01-31T12:00:00.000Z',
            traceparent: event.traceparent,
          });
        }
      });

      it('that no queue takes is returned where one must, and confirmed otherwise', async () => {
        const { transport } = await start();
        const unwanted = anEvent('unwanted', 'item.forgotten.v1');
        const results = await transport.publish([
          unwanted,
          { ...unwanted, id: randomUUID(), mandatory: false },
          anEvent('wanted'),
        ]);
        expect(results.map(({ result }) => result)).toEqual(['returned', 'confirmed', 'confirmed']);
      });

      it('comes after those that were confirmed before it', async () => {
        const process = await start();
        const subjects = Array.from({ length: 30 }, (_, index) => `number-${index}`);
        for (const subject of subjects) await process.transport.publish([anEvent(subject)]);
        const messages = process.consume(PACKED_QUEUE, handled);
        await eventually(() => expect(messages).toHaveLength(30));
        expect(subjectsOf(messages)).toEqual(subjects);
      });
    });

    describe('a consumer', () => {
      it('has no more messages unsettled than it asked for, and gets the next one for each that it settles', async () => {
        const process = await start();
        await process.transport.publish(['a', 'b', 'c', 'd'].map((subject) => anEvent(subject)));
        const { deliver, settle } = heldBack();
        const messages = process.consume(PACKED_QUEUE, deliver, 2);
        await eventually(() => expect(messages).toHaveLength(2));
        settle[0]!('handled');
        await eventually(() => expect(messages).toHaveLength(3));
        settle[1]!('handled');
        await eventually(() => expect(messages).toHaveLength(4));
        for (const resolve of settle.slice(2)) resolve('handled');
      });

      it('that drains settles what it has, and leaves the rest to another one', async () => {
        const leaving = await start();
        await leaving.transport.publish(['mine', 'left'].map((subject) => anEvent(subject)));
        const { deliver, settle } = heldBack();
        const mine = leaving.consume(PACKED_QUEUE, deliver, 1);
        await eventually(() => expect(mine).toHaveLength(1));
        const drained = leaving.drain();
        settle[0]!('handled');
        await drained;
        const others = (await start()).consume(PACKED_QUEUE, handled);
        await eventually(() => expect(subjectsOf(others)).toEqual(['left']));
        expect(subjectsOf(mine)).toEqual(['mine']);
      });

      it('that gives a message back gets it again, and no try is counted', async () => {
        const process = await start();
        let deliveries = 0;
        const messages = process.consume(PACKED_QUEUE, () => ((deliveries += 1) < 3 ? 'requeued' : 'handled'));
        await process.transport.publish([anEvent('again')]);
        await eventually(() => expect(messages).toHaveLength(3));
        expect(messages.map(({ tries, retryLevel }) => tries + retryLevel)).toEqual([0, 0, 0]);
      });

      it('whose process ends without settling a message leaves it to another one', async () => {
        const dying = await start();
        await dying.transport.publish([anEvent('orphan')]);
        const { deliver, settle } = heldBack();
        const messages = dying.consume(PACKED_QUEUE, deliver);
        await eventually(() => expect(messages).toHaveLength(1));
        await dying.transport.stopConsuming();
        await eventually(() => expect(messages[0]!.lost.aborted).toBe(true));
        const others = (await start()).consume(PACKED_QUEUE, handled);
        await eventually(() => expect(subjectsOf(others)).toEqual(['orphan']));
        settle[0]!('handled');
      });

      it('that fails unexpectedly with a message is rid of it in the end: it is in the dead letters', async () => {
        const process = await start();
        const rejected = process.consumeRejected(PACKED_QUEUE);
        process.consume(PACKED_QUEUE, () => Promise.reject(new Error('a mistake in the program')));
        const event = anEvent('odd');
        await process.transport.publish([event]);
        await eventually(() => expect(rejected).toMatchObject([{ id: event.id, subject: 'odd' }]));
      });
    });

    describe('a failed message', () => {
      it('comes again to its own queue after the delay, one retry level higher', async () => {
        const process = await start();
        const reader = process.consume(READER_QUEUE, handled);
        const times: number[] = [];
        const messages = process.consume(PACKED_QUEUE, async (message) => {
          times.push(performance.now());
          if (message.retryLevel === 2) return 'handled';
          const stored = await message.retryLater(aFailure(message.tries + 3), RETRY_DELAY_SECONDS);
          return stored.result === 'confirmed' ? 'retried' : 'requeued';
        });
        const event = anEvent('retried');
        await process.transport.publish([event]);
        await eventually(() => expect(messages).toHaveLength(3));
        expect(messages.map(({ tries, retryLevel }) => [tries, retryLevel])).toEqual([
          [0, 0],
          [3, 1],
          [6, 2],
        ]);
        for (const { id, body, type } of messages) {
          expect({ id, body, type }).toEqual({ id: event.id, body: Buffer.from(event.data), type: event.type });
        }
        expect(messages[2]!.headers).toMatchObject({ 'ce-subject': 'retried', traceparent: event.traceparent });
        const waits = times.slice(1).map((at, index) => at - times[index]!);
        expect(Math.min(...waits)).toBeGreaterThanOrEqual(RETRY_DELAY_SECONDS * 1_000 - 10);
        expect(reader).toHaveLength(1);
      });

      it('that is rejected is in the dead letters of its queue, with its failure', async () => {
        const process = await start();
        const rejected = process.consumeRejected(PACKED_QUEUE);
        const messages = process.consume(PACKED_QUEUE, (message) => reject(message));
        const event = anEvent('rejected');
        await process.transport.publish([event]);
        await eventually(() => expect(rejected).toHaveLength(1));
        expect(rejected[0]).toMatchObject({
          queue: PACKED_QUEUE,
          id: event.id,
          type: event.type,
          source: 'sender',
          subject: 'rejected',
          sequence: 1,
          body: Buffer.from(event.data),
          replays: 0,
          failure: {
            error: 'TypeError',
            detail: 'not yet',
            tries: 9,
            firstAt: expect.any(Date),
            lastAt: expect.any(Date),
          },
        });
        expect(rejected[0]!.failure.stack).toContain('TypeError: not yet\n    at ');
        expect(messages).toHaveLength(1);
      });
    });

    describe('a dead letter that is replayed', () => {
      it('comes to its own queue only, as it was, and its replays are counted when it fails again', async () => {
        const process = await start();
        const rejected = process.consumeRejected(PACKED_QUEUE);
        const reader = process.consume(READER_QUEUE, handled);
        const messages = process.consume(PACKED_QUEUE, (message) => reject(message));
        const event = anEvent('replayed');
        await process.transport.publish([event]);
        await eventually(() => expect(rejected).toHaveLength(1));
        // The archive stores the properties as JSON.
        const properties = JSON.parse(JSON.stringify(rejected[0]!.properties));
        const replayed = await process.transport.replay({ ...rejected[0]!, properties, replays: 1 });
        expect(replayed).toEqual({ result: 'confirmed' });
        await eventually(() => expect(rejected).toHaveLength(2));
        const [first, second] = messages;
        expect(second).toMatchObject({ id: first!.id, type: first!.type, body: first!.body, tries: 0, retryLevel: 0 });
        expect(second!.headers).toMatchObject({ 'ce-subject': 'replayed', traceparent: event.traceparent });
        expect(rejected[1]).toMatchObject({ id: event.id, replays: 1, failure: { tries: 9 } });
        expect(reader).toHaveLength(1);
      });

      it('into a queue that does not exist is returned', async () => {
        const process = await start();
        const letter = { queue: 'test.closed', id: randomUUID(), body: Buffer.from('{}'), properties: {}, replays: 1 };
        expect(await process.transport.replay(letter)).toMatchObject({
          result: 'returned',
          reason: expect.any(String),
        });
      });
    });
  });
}
