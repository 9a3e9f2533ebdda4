import { connect, type ChannelModel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { eventually } from '../support/eventually.js';
import type { Trial } from './trial.js';

const BEFORE_ALL_OTHERS = 10;
const QUEUE = 'order.payment-captured';

type Arrange = (messages: readonly ConsumeMessage[]) => readonly ConsumeMessage[];

/** The messages of all payments of concurrent buyers, taken before a worker could, to be put back as a test likes it. */
export class Interception {
  private constructor(
    private readonly queue: string,
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
    private readonly messages: readonly ConsumeMessage[],
  ) {}

  static async of(trial: Trial): Promise<Interception> {
    const connection = await connect(trial.brokerUrl);
    const channel = await connection.createConfirmChannel();
    const queue = `${trial.shop.namespace}.${QUEUE}`;
    const messages: ConsumeMessage[] = [];
    const { consumerTag } = await channel.consume(queue, (message) => message && messages.push(message), {
      priority: BEFORE_ALL_OTHERS,
    });
    await trial.during(async () => undefined);
    await eventually(() => {
      if (messages.length < trial.orders) throw new Error(`${messages.length} messages`);
    });
    await channel.cancel(consumerTag);
    return new Interception(queue, connection, channel, messages);
  }

  /** All at once. Ends the interception. */
  async putBack(arrange: Arrange = (messages) => messages): Promise<void> {
    for (const { content, properties } of arrange(this.messages)) {
      this.channel.sendToQueue(this.queue, content, { ...properties, persistent: true });
    }
    await this.channel.waitForConfirms();
    this.channel.ackAll();
    await this.channel.close();
    await this.connection.close();
  }
}
