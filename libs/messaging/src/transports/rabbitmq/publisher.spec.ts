import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { loadConfig } from '#config';
import { eventually } from '../../../../../test/support/eventually.js';
import { BrokerConnection } from './broker-connection.js';
import { Publisher, type Publication } from './publisher.js';

Logger.overrideLogger(false);

let connection: BrokerConnection;
let publisher: Publisher;

beforeEach(async () => {
  const urls = loadConfig(process.env).RABBITMQ_URLS;
  connection = new BrokerConnection({ name: 'test', urls, heartbeatSeconds: 10 });
  publisher = new Publisher(connection);
  connection.start((model) => publisher.attach(model));
  await eventually(async () => {
    if (!publisher.ready) throw new Error('The publisher is not connected.');
  });
});

afterEach(() => connection.close());

const letter = (properties: Publication['properties'] = {}): Publication => ({
  exchange: '',
  routingKey: 'no-such-queue',
  body: Buffer.from('{}'),
  properties,
  mandatory: false,
});

describe('a message that cannot be sent', () => {
  it('because its connection is just ending, is not to blame', async () => {
    const ended = connection.renew();
    expect(await publisher.publish(letter())).toMatchObject({ result: 'unknown' });
    await ended;
  });

  it('because of what it is made of, is', async () => {
    const properties = { headers: { unsendable: () => undefined } };
    expect(await publisher.publish(letter(properties))).toMatchObject({ result: 'unencodable' });
    expect(await publisher.publish(letter())).toEqual({ result: 'confirmed' });
  });
});
