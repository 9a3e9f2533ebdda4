import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { HealthChecks, Metrics } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import { lost, packed, testEvents, ItemLost } from '../../../../test/support/test-consumer.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';
import { message } from '../events/event.js';
import { InvalidEvent } from '../events/event-body.js';

/** Nobody consumes here: what the relay has published is read from this queue. */
const QUEUE = 'sender.item-lost';
const LEADERS = `
  SELECT activity.pid FROM pg_locks JOIN pg_stat_activity AS activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND application_name = 'holdfast relay' AND datname = current_database()`;

let sandbox: MessagingSandbox;
let worker: MessagingWorker;
let proxy: TcpProxy;

beforeAll(async () => {
  proxy = await TcpProxy.to(loadConfig(process.env).RABBITMQ_URLS[0]!);
  sandbox = await MessagingSandbox.create(testEvents);
  worker = await sandbox.startWorker([], { RABBITMQ_URLS: proxy.url, RABBITMQ_HEARTBEAT_SECONDS: '1' });
  await worker.connected();
});

afterAll(async () => {
  await sandbox.remove();
  await proxy.stop();
});

/** Takes the next `count` messages out, as `subject/sequence`. */
async function published(count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const { 'ce-subject': subject, 'ce-sequence': sequence } = (await sandbox.take(QUEUE)).properties.headers!;
    names.push(`${subject}/${sequence}`);
  }
  return names;
}

async function row(subject: string): Promise<Record<string, unknown>> {
  return (await sandbox.db.query('SELECT * FROM messaging.outbox WHERE subject = $1 ORDER BY sequence', [subject]))
    .rows[0];
}

/** Waits until the relay has marked it. */
function marked(subject: string): Promise<Record<string, unknown>> {
  return eventually(async () => {
    const stored = await row(subject);
    if (stored['published_at'] === null) throw new Error(`${subject} is not published.`);
    return stored;
  });
}

describe('the outbox', () => {
  it('takes several messages at several times in one transaction, and nothing for none', async () => {
    await worker.publish([lost('many', 1), lost('many', 2)], async (tx) => {
      await worker.outbox.add(tx, []);
      await worker.outbox.add(tx, [lost('many', 3)]);
    });
    expect(await published(3)).toEqual(['many/1', 'many/2', 'many/3']);
  });

  it('refuses a body that does not fit, and with it the transaction', async () => {
    const misfit = message(ItemLost, { subject: 'misfit', sequence: 2, data: { weight: 0 } });
    await expect(worker.publish([lost('misfit'), misfit])).rejects.toThrow(InvalidEvent);
    const huge = { ...misfit, data: { weight: 1 }, event: { ...ItemLost, schema: ItemLost.schema.loose() } };
    const padded = { ...huge, data: { weight: 1, padding: 'x'.repeat(300_000) } };
    await expect(worker.publish([padded])).rejects.toThrow(/exceeds 262144 bytes/);
    expect(await row('misfit')).toBeUndefined();
  });

  it('refuses a second fact with the same sequence number', async () => {
    await worker.publish([lost('once')]);
    await expect(worker.publish([lost('once')])).rejects.toMatchObject({
      constraint: 'outbox_one_fact_a_sequence',
    });
    expect(await published(1)).toEqual(['once/1']);
  });

  it('keeps what the schema does not name to itself', async () => {
    const data = { weight: 1, sender: 'somebody private' };
    await worker.publish([message(ItemLost, { subject: 'discreet', sequence: 1, data })]);
    expect(JSON.parse((await sandbox.take(QUEUE)).content.toString())).toEqual({ weight: 1 });
  });
});

describe('the relay', () => {
  it('publishes persistently, with the attributes of CloudEvents', async () => {
    await worker.publish([lost('typical', 4)]);
    const { properties, fields, content } = await sandbox.take(QUEUE);
    const { id, occurred_at: at, correlation_id: correlationId, traceparent } = await row('typical');
    expect(fields).toMatchObject({ exchange: `${sandbox.namespace}.events`, routingKey: 'item.lost.v1' });
    expect(properties).toMatchObject({
      messageId: id,
      type: 'item.lost.v1',
      correlationId,
      deliveryMode: 2,
      contentType: 'application/json',
    });
    expect({ ...properties.headers, 'x-delivery-count': undefined }).toEqual({
      'ce-specversion': '1.0',
      'ce-source': 'sender',
      'ce-subject': 'typical',
      'ce-sequence': 4,
      'ce-time': (at as Date).toISOString(),
      traceparent,
    });
    expect(content.toString()).toBe('{"weight":5}');
  });

  it('is woken by the commit, long before it would look by itself', async () => {
    const own = await MessagingSandbox.create(testEvents);
    const sleeper = await own.startWorker([], { OUTBOX_POLL_MS: '60000' });
    await sleeper.connected();
    await sleeper.publish([lost('first')]);
    await own.take(QUEUE);
    await sleeper.publish([lost('second')]);
    const second = await own.take(QUEUE);
    expect(second.properties.headers).toMatchObject({ 'ce-subject': 'second' });
    await own.remove();
  });

  it('delivers about a subject by sequence, even when it was written in another order', async () => {
    await worker.publish([lost('jumbled', 2), lost('jumbled', 1), lost('jumbled', 3)]);
    expect(await published(3)).toEqual(['jumbled/1', 'jumbled/2', 'jumbled/3']);
  });

  it('holds back what follows a failed event on its subject, and nothing else', async () => {
    await worker.publish([lost('stuck', 1), lost('stuck', 2), lost('free', 1)], async (tx) => {
      await tx.query(
        `UPDATE messaging.outbox SET next_at = now() + interval '2 seconds' WHERE subject = 'stuck' AND sequence = 1`,
      );
    });
    expect(await published(3)).toEqual(['free/1', 'stuck/1', 'stuck/2']);
  });

  it('keeps what no queue takes, and delivers it once the queue is there again', async () => {
    await sandbox.channel.deleteQueue(sandbox.queue(QUEUE));
    await worker.publish([lost('homeless', 1), lost('homeless', 2)]);
    await eventually(async () =>
      expect(await row('homeless')).toMatchObject({ last_error: 'returned by RabbitMQ: NO_ROUTE', published_at: null }),
    );
    await eventually(async () => expect(await row('homeless')).toMatchObject({ published_at: expect.any(Date) }));
    expect(await published(2)).toEqual(['homeless/1', 'homeless/2']);
    expect(await worker.get(Metrics).render()).toMatch(/messages_published_total\{outcome="returned"\} [1-9]/);
  });

  it('does not mind that nobody wants an event which names no queue', async () => {
    const gossip = { ...packed('gossip'), event: { ...ItemLost, type: 'gossip.spread.v1', queues: [] } };
    await worker.publish([gossip]);
    expect(await marked('gossip')).toMatchObject({ attempts: 0 });
  });

  it('waits while the broker is gone or silent, says so, and then delivers everything in order', async () => {
    const readiness = async () =>
      (await worker.get(HealthChecks).report()).checks.find(({ name }) => name === 'rabbitmq');
    expect(await readiness()).toMatchObject({ ok: true, critical: true });
    const outage = { gone: () => proxy.refuse(), silent: () => proxy.silence() };
    for (const [kind, begin] of Object.entries(outage)) {
      begin();
      await worker.publish([lost(kind, 1)]);
      await eventually(async () => expect(await readiness()).toMatchObject({ ok: false }));
      await worker.publish([lost(kind, 2)]);
      expect(await row(kind)).toMatchObject({ attempts: 0, published_at: null });
      expect(await worker.get(Metrics).render()).toMatch(/^outbox_pending 2$/m);
      proxy.restore();
      const names = await published(2);
      await marked(kind);
      // What was under way when the broker fell silent may come twice.
      if (await sandbox.depth(QUEUE)) names.push(...(await published(await sandbox.depth(QUEUE))));
      expect(new Set(names)).toEqual(new Set([`${kind}/1`, `${kind}/2`]));
      expect(names.indexOf(`${kind}/1`)).toBe(0);
    }
    expect(await worker.get(Metrics).render()).toMatch(/^outbox_pending 0$/m);
  });

  it('opens its connection to PostgreSQL again when it was lost', async () => {
    const { rows } = await sandbox.db.query(`SELECT pg_terminate_backend(pid) FROM (${LEADERS}) AS leader`);
    expect(rows).toHaveLength(1);
    await worker.publish([lost('reborn')]);
    expect(await published(1)).toEqual(['reborn/1']);
  });

  it('has one leader among the workers, and another takes over when it goes', async () => {
    const heir = await sandbox.startWorker([]);
    const { rows: before } = await sandbox.db.query(LEADERS);
    expect(before).toHaveLength(1);
    await worker.stop();
    await eventually(async () => {
      const { rows: after } = await sandbox.db.query(LEADERS);
      expect(after).toHaveLength(1);
      expect(after).not.toEqual(before);
    });
    await heir.publish([lost('inherited')]);
    expect(await published(1)).toEqual(['inherited/1']);
    worker = heir;
  });

  it('forgets what has served its time, and only that', async () => {
    const own = await MessagingSandbox.create(testEvents);
    await own.db.query(`
      INSERT INTO messaging.outbox (id, type, source, subject, sequence, data, mandatory, correlation_id, traceparent, occurred_at, next_at, published_at)
      SELECT gen_random_uuid(), 'item.lost.v1', 'sender', subject, 1, '{}', true, 'x', 'x', at, next_at, published_at
      FROM (VALUES ('old', now() - interval '8 days', NULL, now() - interval '8 days'),
                   ('recent', now() - interval '6 days', NULL, now() - interval '6 days'),
                   ('unpublished', now() - interval '8 days', now() + interval '1 day', NULL)) AS input (subject, at, next_at, published_at)`);
    await own.db.query(`
      INSERT INTO messaging.inbox (consumer, message_id, received_at)
      VALUES ('old', gen_random_uuid(), now() - interval '31 days'), ('recent', gen_random_uuid(), now() - interval '29 days')`);
    await own.startWorker([]);
    await eventually(async () => {
      const { rows: outbox } = await own.db.query('SELECT subject FROM messaging.outbox ORDER BY subject');
      expect(outbox).toEqual([{ subject: 'recent' }, { subject: 'unpublished' }]);
      const { rows: inbox } = await own.db.query('SELECT consumer FROM messaging.inbox');
      expect(inbox).toEqual([{ consumer: 'recent' }]);
    });
    await own.remove();
  });
});
