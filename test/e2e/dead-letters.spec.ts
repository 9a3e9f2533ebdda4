import { randomUUID } from 'node:crypto';
import { connect, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

const PATH = '/v1/admin/dead-letters';
const QUEUE = 'order.payment-captured';

interface Purchase {
  readonly buyer: Buyer;
  readonly orderId: string;
}

let shop: Shop;
let broker: ChannelModel;

beforeAll(async () => {
  [shop, broker] = await Promise.all([
    Shop.start({ env: { LOG_LEVEL: 'debug' } }),
    connect(loadConfig(process.env).RABBITMQ_URLS[0]!),
  ]);
});

afterAll(async () => {
  await broker?.close();
  await shop?.stop();
});

/** Orders whose payments say another amount than their events: as long as they do, the events count as invented. */
async function stuckPurchases(count: number): Promise<Purchase[]> {
  const sku = await aProduct(shop);
  await shop.workers[0]!.kill('SIGTERM');
  const purchases: Purchase[] = [];
  for (let index = 0; index < count; index += 1) {
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const { id: orderId } = await buyer.order();
    expect(await buyer.pay(orderId)).toMatchObject({ status: 201, body: { status: 'captured' } });
    await changeCaptured(orderId, 1);
    purchases.push({ buyer, orderId });
  }
  await shop.workers[0]!.start();
  return purchases;
}

const changeCaptured = (orderId: string, by: number) =>
  shop.db.query('UPDATE payment.attempts SET captured_amount = captured_amount + $2 WHERE order_id = $1', [
    orderId,
    by,
  ]);

const waiting = (count: number): Promise<any[]> =>
  eventually(async () => {
    const { body } = await shop.staff.get(`${PATH}?queue=${QUEUE}&status=waiting`);
    expect(body.data).toHaveLength(count);
    return body.data;
  });

const becomesConfirmed = ({ buyer, orderId }: Purchase) =>
  eventually(async () => expect((await buyer.read(orderId)).body.status).toBe('confirmed'));

const confirmations = async ({ orderId }: Purchase) =>
  (await shop.db.query(`SELECT FROM orders.history WHERE order_id = $1 AND type = 'order.confirmed'`, [orderId]))
    .rowCount;

describe('an event that a handler refused', () => {
  it('is seen by staff, takes effect once its cause is mended, and has none the second time', async () => {
    const [purchase] = (await stuckPurchases(1)) as [Purchase];
    const [letter] = await waiting(1);
    expect(letter).toMatchObject({
      queue: QUEUE,
      type: 'payment.captured.v1',
      error: 'UnfoundedEvent',
      detail: expect.stringContaining(`has taken 1999 EUR for order ${purchase.orderId}`),
      attempts: 1,
      replays: 0,
    });
    const opened = await shop.staff.get(`${PATH}/${letter.id}`);
    expect(opened.body).toMatchObject({ body: { json: { orderId: purchase.orderId } }, handledAt: null });
    expect((await purchase.buyer.read(purchase.orderId)).body.status).toBe('pending_payment');

    expect((await shop.staff.post(`${PATH}/${letter.id}/replay`, undefined)).status).toBe(200);
    await eventually(async () => {
      const { body } = await shop.staff.get(`${PATH}/${letter.id}`);
      expect(body).toMatchObject({ status: 'waiting', replays: 1, attempts: 2 });
    });

    await changeCaptured(purchase.orderId, -1);
    expect((await shop.staff.post(`${PATH}/${letter.id}/replay`, undefined)).status).toBe(200);
    await becomesConfirmed(purchase);
    await eventually(async () => {
      const { body } = await shop.staff.get(`${PATH}/${letter.id}`);
      expect(body).toMatchObject({ status: 'replayed', replays: 2, handledAt: expect.any(String) });
      expect(body.history).toMatchObject([
        { action: 'replay', actor: 'staff:admin' },
        { action: 'failed_again', actor: null, note: expect.stringContaining('has taken 1999 EUR') },
        { action: 'replay', actor: 'staff:admin' },
      ]);
    });
    const again = await shop.staff.post(`${PATH}/${letter.id}/replay`, undefined);
    expect(again).toMatchObject({ status: 200, body: { status: 'replayed', replays: 2 } });
    expect(await confirmations(purchase)).toBe(1);
    expect(await violations(shop)).toEqual([]);
  });

  it('is counted by the command, and replayed with its whole group', async () => {
    const purchases = await stuckPurchases(3);
    await waiting(3);
    expect(await shop.cli('dead-letters', 'list')).toMatch(
      new RegExp(`^ +3  since \\S+  ${QUEUE}  UnfoundedEvent  No payment pay_\\w+ has taken 1999 EUR`),
    );
    for (const { orderId } of purchases) await changeCaptured(orderId, -1);
    const replayed = await shop.cli('dead-letters', 'replay', '--queue', QUEUE, '--error', 'UnfoundedEvent');
    expect(replayed).toBe('3 will be replayed by a worker.\n');
    for (const purchase of purchases) await becomesConfirmed(purchase);
    expect(await shop.cli('dead-letters', 'list')).toBe('No dead letter waits.\n');
    expect(await shop.cli('dead-letters', 'replay', '--all')).toBe('None of these waits.\n');
    for (const purchase of purchases) expect(await confirmations(purchase)).toBe(1);
    expect(await violations(shop)).toEqual([]);
  });
});

describe('a message that nobody can read', () => {
  it('is shown, discarded with a reason, and named in no log', async () => {
    const channel = await broker.createConfirmChannel();
    const headers = { 'ce-subject': 'nobody' };
    const body = Buffer.from('{"email":"canary@example.com", \u001B[31m');
    channel.publish(`${shop.namespace}.events`, 'payment.captured.v1', body, { messageId: randomUUID(), headers });
    await channel.waitForConfirms();
    const [letter] = await waiting(1);
    expect(letter).toMatchObject({ error: 'UnreadableMessage', subject: 'nobody', type: null });

    const listed = await shop.cli('dead-letters', 'list', '--queue', QUEUE, '--status', 'waiting');
    expect(listed).toMatch(new RegExp(`^${letter.id}  waiting  .*  ${QUEUE}  UnreadableMessage  nobody  .*\n$`));
    const shown = await shop.cli('dead-letters', 'show', letter.id);
    expect(shown).toContain(`id: ${letter.id}\nqueue: ${QUEUE}\nstatus: waiting\n`);
    expect(shown).toContain(`body (${body.length} bytes): ${body.toString('base64')}`);
    expect(await shop.cli('dead-letters', 'discard', letter.id, '--reason', 'a prank')).toContain('is discarded');
    const opened = await shop.staff.get(`${PATH}/${letter.id}`);
    expect(opened.body).toMatchObject({
      status: 'discarded',
      history: [{ action: 'discard', actor: expect.stringMatching(/^cli:./), note: 'a prank' }],
    });
    const output = [...shop.apis, ...shop.workers].map((server) => server.output).join('');
    expect(output).toContain(letter.messageId);
    expect(output).not.toContain('canary@example.com');
  });
});

describe('a message that speaks to the terminal', () => {
  it('is listed in one line and shown without anything that a terminal obeys', async () => {
    const channel = await broker.createConfirmChannel();
    const headers = {
      'ce-subject': 'a\n\u001B[31mred\u202E',
      'x-error': 'no\nstatus: replayed',
      'x-error-class': '\u009B2J',
    };
    const body = Buffer.from('"\u202Ebody"');
    channel.sendToQueue(`${shop.namespace}.${QUEUE}.dlq`, body, { messageId: randomUUID(), type: 'a\rb', headers });
    await channel.waitForConfirms();
    const [letter] = await waiting(1);

    const listed = await shop.cli('dead-letters', 'list', '--queue', QUEUE, '--status', 'waiting');
    expect(listed).toMatch(
      /^dead_\S+ {2}waiting {2}\S+ {2}\S+ {2}\\u009b2J {2}a\\n\\u001b\[31mred\\u202e {2}no\\nstatus: replayed\n$/,
    );
    const shown = await shop.cli('dead-letters', 'show', letter.id);
    for (const printed of [listed, shown, await shop.cli('dead-letters', 'list')])
      expect(printed).not.toMatch(/[^\P{Cc}\n\t]|\p{Cf}/u);
    expect(shown.match(/^status: /gm)).toHaveLength(1);
    await shop.cli('dead-letters', 'discard', letter.id, '--reason', 'a prank');
  });
});

describe('the command', () => {
  it.each([
    [[], 2, /^dead-letters takes one of: list, show, replay, discard\n/],
    [['list', '--status', 'lost'], 2, /^--status takes one of: waiting, replaying, replayed, discarded\n/],
    [['replay'], 2, /^dead-letters replay takes an id, or --queue \(and --error\), or --all\n/],
    [['discard', 'dead_1'], 2, /^dead-letters discard needs --reason/],
    [['discard', 'dead_1', '--reason', 'x'], 1, /^There is no such dead letter[^\n]*\n$/],
  ])('given %j ends with %i and says what to do', async (args, code, stderr) => {
    await expect(shop.cli('dead-letters', ...args)).rejects.toMatchObject({
      code,
      stderr: expect.stringMatching(stderr),
    });
  });
});
