import { randomBytes } from 'node:crypto';
import { connect, type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import { Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { ConfigModule, loadConfig } from '#config';
import { DatabaseModule, Transactions, type Tx } from '#database';
import {
  MessagingModule,
  MessagingTransport,
  MessagingWorker as MessagingWorkerModule,
  Outbox,
  type EventDefinition,
  type OutboxMessage,
} from '#messaging';
import { HealthChecks, ObservabilityModule } from '#observability';
import { eventually } from './eventually.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

const RETRY_DELAYS_SECONDS = [1, 1];

/** What an archived dead letter does not tell is missing. */
type TakenMessage = Pick<GetMessage, 'content' | 'properties'> & Partial<Pick<GetMessage, 'fields'>>;

interface Parts {
  readonly events: readonly EventDefinition[];
  readonly database: TestDatabase;
  readonly brokerUrl: string;
  readonly broker: ChannelModel;
  readonly channel: Channel;
}

/** A database and names on the broker of the caller's own, for workers that have nothing but events to handle. */
export class MessagingSandbox {
  readonly namespace = `test-${randomBytes(6).toString('hex')}`;
  /** A look behind the scenes, past every worker. */
  readonly db: Pool;
  readonly channel: Channel;
  private readonly workers: MessagingWorker[] = [];

  private constructor(private readonly parts: Parts) {
    this.db = new Pool({ connectionString: parts.database.url, max: 2 });
    this.channel = parts.channel;
  }

  /** @param brokerUrl a broker of the test's own, unless everybody's will do */
  static async create(
    events: readonly EventDefinition[],
    brokerUrl: string = loadConfig(process.env).RABBITMQ_URLS[0]!,
  ): Promise<MessagingSandbox> {
    const database = await createTestDatabase([MessagingModule.schema]);
    const broker = await connect(brokerUrl);
    return new MessagingSandbox({ events, database, brokerUrl, broker, channel: await broker.createChannel() });
  }

  get databaseUrl(): string {
    return this.parts.database.url;
  }

  /** Name of a queue on the broker. */
  queue(name: string): string {
    return `${this.namespace}.${name}`;
  }

  async startWorker(
    controllers: readonly Type[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<MessagingWorker> {
    const worker = await MessagingWorker.start(this.parts.events, controllers, {
      ...process.env,
      LOG_LEVEL: 'silent',
      DATABASE_URL: this.parts.database.url,
      RABBITMQ_URLS: this.parts.brokerUrl,
      RABBITMQ_NAMESPACE: this.namespace,
      RETRY_DELAYS_SECONDS: RETRY_DELAYS_SECONDS.join(','),
      OUTBOX_POLL_MS: '200',
      ...env,
    });
    this.workers.push(worker);
    return worker;
  }

  /** Waits for a message in a queue and takes it out. Dead letters (`….dlq`) are in the archive a moment later, and taken from there. */
  take(queue: string): Promise<TakenMessage> {
    return eventually(async () => {
      const message = await this.channel.get(this.queue(queue), { noAck: true });
      const taken = message === false ? await this.takeArchived(queue) : message;
      if (taken === undefined) throw new Error(`Nothing in ${queue}.`);
      return taken;
    });
  }

  private async takeArchived(deadLetters: string): Promise<TakenMessage | undefined> {
    const { rows } = await this.db.query<TakenMessage>(
      `DELETE FROM messaging.dead_letters WHERE id = (
         SELECT id FROM messaging.dead_letters WHERE queue || '.dlq' = $1 ORDER BY id LIMIT 1
       ) RETURNING body AS content, properties`,
      [deadLetters],
    );
    return rows[0];
  }

  /** How many messages wait in a queue, those under way to a consumer not counted. Rejects while there is no such queue. */
  async depth(queue: string): Promise<number> {
    // The broker answers a question for a missing queue by closing the channel.
    const channel = await this.parts.broker.createChannel();
    channel.on('error', () => undefined);
    const { messageCount } = await channel.checkQueue(this.queue(queue));
    await channel.close();
    return messageCount;
  }

  async remove(): Promise<void> {
    for (const worker of this.workers) await worker.stop();
    for (const queue of new Set(this.parts.events.flatMap((event) => event.queues))) {
      await this.channel.deleteQueue(this.queue(queue));
      await this.channel.deleteQueue(this.queue(`${queue}.dlq`));
    }
    for (const retryQueue of new Set(RETRY_DELAYS_SECONDS.map((seconds) => `retry.${seconds}s`))) {
      await this.channel.deleteQueue(this.queue(retryQueue));
      await this.channel.deleteExchange(this.queue(retryQueue));
    }
    await this.channel.deleteExchange(this.queue('events'));
    await this.parts.broker.close();
    await this.db.end();
    await this.parts.database.drop();
  }
}

/** One worker process's worth of messaging, inside the test's own process. */
export class MessagingWorker {
  private stopped: Promise<void> | undefined;

  private constructor(private readonly app: INestApplication) {}

  static async start(
    events: readonly EventDefinition[],
    controllers: readonly Type[],
    env: Readonly<Record<string, string | undefined>>,
  ): Promise<MessagingWorker> {
    @Module({
      imports: [
        ConfigModule.forRoot(loadConfig(env)),
        ObservabilityModule,
        DatabaseModule.forRoot('test worker', [MessagingModule.schema]),
        MessagingModule.forRoot({ events }),
        MessagingModule,
        MessagingWorkerModule,
      ],
      controllers: [...controllers],
    })
    class TestWorker {}
    const app = await NestFactory.create(TestWorker, new FastifyAdapter(), {
      logger: process.env['LOG_LEVEL'] === undefined ? false : ['error', 'warn'],
      abortOnError: false,
    });
    app.connectMicroservice({ strategy: app.get(MessagingTransport) }, { inheritAppConfig: false });
    await app.init();
    await app.startAllMicroservices();
    return new MessagingWorker(app);
  }

  get<T>(token: abstract new (...args: any[]) => T): T {
    return this.app.get<T>(token);
  }

  get outbox(): Outbox {
    return this.get(Outbox);
  }

  /** Waits until it can publish and consume, which includes that its queues are there. */
  async connected(): Promise<void> {
    await eventually(async () => {
      const { ready } = await this.get(HealthChecks).report();
      if (!ready) throw new Error('The worker has no connection to the broker.');
    });
  }

  /** Publishes events, in one transaction with whatever `work` does. */
  async publish(
    messages: readonly OutboxMessage[],
    work: (tx: Tx) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await this.get(Transactions).run(async (tx) => {
      await this.outbox.add(tx, messages);
      await work(tx);
    });
  }

  stop(): Promise<void> {
    this.stopped ??= this.app.close();
    return this.stopped;
  }
}
