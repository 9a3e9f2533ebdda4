import { NestFactory } from '@nestjs/core';
import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger as Pino } from 'pino';
import { Config } from '#config';
import { Metrics, PinoLogger } from '#observability';
import { endSlowReaders, refuseOddRequests, watchConnections } from './connections.js';
import { corsOptions } from './cors.js';
import { addRateLimitHooks } from '../rate-limit/rate-limit-hooks.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { EventStreams } from '../stream/event-streams.js';
import { HttpAdapter } from './http-adapter.js';
import { acceptJsonOnly } from './json-body.js';
import { ANSWER_TIMEOUT_MS } from './limits.js';
import { separateOperations } from './operations-port.js';
import { addRequestHooks } from './request-hooks.js';
import { RouteTable } from './route-table.js';

interface HttpAppOptions {
  /** Where the operations routes are, if not with the others; opened by `openOperationsPort`. */
  readonly operationsPort?: number | undefined;
  /** Addresses and ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
}

/** An application that speaks HTTP as this product does, wherever its routes come from. `root` imports HttpApi or HttpWorker. Not listening yet. */
export async function createHttpApp(
  root: DynamicModule,
  log: Pino,
  { operationsPort, trustedProxies = [] }: HttpAppOptions = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(root, new HttpAdapter(trustedProxies), {
    logger: new PinoLogger(log),
    bodyParser: false,
    abortOnError: false,
  });
  const instance = app.getHttpAdapter().getInstance();
  acceptJsonOnly(instance);
  const config = app.get(Config);
  addRequestHooks(instance, app.get(RouteTable), {
    metrics: app.get(Metrics),
    trustsTraceparent: config.TRUST_TRACEPARENT === 'yes',
  });
  refuseOddRequests(instance.server);
  watchConnections(instance);
  endSlowReaders(instance, ANSWER_TIMEOUT_MS);
  if (operationsPort !== undefined) separateOperations(instance, operationsPort);
  if (config.CORS_ORIGINS.length > 0) app.enableCors(corsOptions(config.CORS_ORIGINS));
  instance.addHook('preClose', (done) => {
    app.get(EventStreams).endAll();
    done();
  });
  await addRateLimitHooks(instance, app.get(RateLimits));
  return app;
}
