import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Metrics } from '#observability';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox } from '../../../../test/support/messaging-sandbox.js';
import { testEvents } from '../../../../test/support/test-consumer.js';
import { TcpProxy } from '../../../../test/support/tcp-proxy.js';

const NAMES = ['outbox_pending', 'outbox_oldest_age_seconds', 'scheduled_pending', 'scheduled_lateness_seconds'];

let sandbox: MessagingSandbox;
let proxy: TcpProxy;

beforeAll(async () => {
  sandbox = await MessagingSandbox.create(testEvents);
  proxy = await TcpProxy.to(sandbox.databaseUrl);
});

afterAll(async () => {
  await sandbox.remove();
  await proxy.stop();
});

it('what waits is unknown, and not zero, while there is no database', async () => {
  const worker = await sandbox.startWorker([], { DATABASE_URL: proxy.url });
  await worker.connected();
  const show = async (value: string) => {
    const metrics = await worker.get(Metrics).render();
    for (const name of NAMES) expect(metrics).toMatch(new RegExp(`^${name} ${value}$`, 'm'));
  };
  await show('0');
  proxy.refuse();
  await show('Nan');
  proxy.restore();
  await eventually(() => show('0'));
});
