import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import type { Config } from '#config';
import { Migrations } from '#database';
import { createHttpApp, openOperationsPort } from '#http';
import { createPino, HealthChecks } from '#observability';
import { readConfig } from './environment.js';
import { stopOnSignal } from './graceful-shutdown.js';
import { startAdvice } from './start-advice.js';

interface Service {
  /** In the log: `holdfast-api`. */
  readonly name: string;
  readonly module: (config: Config) => DynamicModule;
  readonly port: (config: Config) => number;
  /** Port of the operations routes, where they are not on `port`. */
  readonly operationsPort?: (config: Config) => number | undefined;
  /** What runs beside the routes. */
  readonly start?: (app: NestFastifyApplication) => Promise<void>;
}

/** Runs one process of the shop until a signal ends it. A start that fails says in one line on standard error what to do, and exits with 1. */
export async function serve(service: Service): Promise<void> {
  try {
    await run(service);
  } catch (error) {
    const advice = startAdvice(error) ?? (error instanceof Error ? error.stack : String(error));
    process.stderr.write(`${service.name} did not start: ${advice}\n`);
    process.exit(1);
  }
}

async function run({ name, module, port, operationsPort, start }: Service): Promise<void> {
  const config = readConfig();
  const log = createPino(config, name);
  dieOfUnexpected(log);
  const opsPort = operationsPort?.(config);
  const app = await createHttpApp(module(config), log, {
    operationsPort: opsPort,
    trustedProxies: config.TRUSTED_PROXIES,
  });
  await app.get(Migrations).assertApplied();
  stopOnSignal(app, {
    log,
    timeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS,
    drain: () => drain(app, config.SHUTDOWN_TIMEOUT_SECONDS),
  });
  await start?.(app);
  await app.listen({ port: port(config), host: config.HOST });
  if (opsPort !== undefined) {
    await openOperationsPort(app.getHttpAdapter().getInstance(), { host: config.HOST, port: opsPort });
  }
  log.info({ msg: 'ready', url: await app.getUrl() });
}

/** Of the time that a stop may take, the part in which requests may end. The rest is for what runs beside them. */
const REQUESTS_SHARE = 0.6;

/** Comes before the modules' own hooks: requests that are under way still need what those close. */
async function drain(app: NestFastifyApplication, timeoutSeconds: number): Promise<void> {
  app.get(HealthChecks).drain();
  const adapter = app.getHttpAdapter();
  const { server } = adapter.getInstance();
  const limit = setTimeout(() => server.closeAllConnections(), timeoutSeconds * 1_000 * REQUESTS_SHARE);
  await adapter.close();
  clearTimeout(limit);
}

/** What nobody caught may have left anything half done: a fresh process is safer, and everything survives its end. */
function dieOfUnexpected(log: Logger): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.fatal({ msg: event, err: error });
      process.exit(1);
    });
  }
}
