import { randomUUID } from 'node:crypto';
import { connect, type ConfirmChannel, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { newId } from '#kernel';
import { Buyer } from '../support/buyer.js';
import { eventually } from '../support/eventually.js';
import { violations } from '../support/invariants.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

let shop: Shop;
let broker: ChannelModel;
let channel: ConfirmChannel;

beforeAll(async () => {
  [shop, broker] = await Promise.all([Shop.start(), connect(loadConfig(process.env).RABBITMQ_URLS[0]!)]);
  channel = await broker.createConfirmChannel();
});

afterAll(async () => {
  await broker?.close();
  await shop?.stop();
});

/** What somebody with the rights of the shop at the broker could send. */
async function forge(type: string, source: string, subject: string, data: object): Promise<void> {
  const headers = { 'ce-source': source, 'ce-subject': subject, 'ce-sequence': 1, 'ce-time': new Date().toISOString() };
  const properties = { messageId: randomUUID(), type, headers };
  channel.publish(`${shop.namespace}.events`, type, Buffer.from(JSON.stringify(data)), properties);
  await channel.waitForConfirms();
}

const refusedIn = (queue: string) =>
  eventually(async () => {
    const { body } = await shop.staff.get(`/v1/admin/dead-letters?queue=${queue}&status=waiting`);
    expect(body.data).toMatchObject([{ error: 'UnfoundedEvent', attempts: 1 }]);
    return body.data[0];
  });

const securityLines = () =>
  shop.workers
    .map((worker) => worker.output)
    .join('')
    .match(/"msg":"security: an event was not published by its owner"/g)?.length;

describe('an event that its owner did not publish', () => {
  it('confirms no order that nobody paid, commits no stock, and is in the dead letters and the security log', async () => {
    const sku = await aProduct(shop, { onHand: 5 });
    const buyer = await Buyer.withCart(shop.api(), [{ sku, quantity: 1 }]);
    const { id: orderId, totals } = await buyer.order();
    const amount = totals.total;
    const captured = {
      paymentId: newId('pay'),
      orderId,
      amount,
      provider: 'sandbox',
      capturedAt: new Date().toISOString(),
    };
    await forge('payment.captured.v1', 'payment', captured.paymentId, captured);
    await refusedIn('order.payment-captured');
    expect((await buyer.read(orderId)).body).toMatchObject({ status: 'pending_payment', paymentStatus: 'none' });

    const confirmed = { orderId, total: amount, lines: [{ sku, quantity: 1 }] };
    await forge('order.confirmed.v1', 'order', orderId, confirmed);
    await refusedIn('inventory.order-confirmed');
    const reservations = await shop.staff.get(`/v1/admin/stock/${sku}/reservations`);
    expect(reservations.body.data).toMatchObject([{ orderId, status: 'held' }]);

    await forge('payment.query_due.v1', 'payment.reminder', captured.paymentId, {
      paymentId: captured.paymentId,
      question: 1,
    });
    await refusedIn('payment.query-due');
    const shipped = { shipmentId: newId('shp'), orderId, lines: [{ sku, quantity: 1 }], location: null };
    await forge('shipment.shipped.v1', 'fulfilment', shipped.shipmentId, shipped);
    await refusedIn('payment.shipment-shipped');

    const returnLines = [{ sku, restocked: 1, writtenOff: 0 }];
    const returned = { returnId: newId('ret'), orderId, location: null, lines: returnLines, refund: amount };
    await forge('return.received.v1', 'fulfilment', returned.returnId, returned);
    await refusedIn('payment.return-received');
    expect(securityLines()).toBeGreaterThanOrEqual(5);
    // The order can still be paid, and is confirmed once.
    await buyer.pay(orderId);
    await eventually(async () => expect((await buyer.read(orderId)).body).toMatchObject({ status: 'confirmed' }));
    expect(await violations(shop)).toEqual([]);
  });
});
