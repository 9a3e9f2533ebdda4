import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger as Pino, type Level } from 'pino';
import type { Config } from '#config';
import { currentTrace } from './trace.js';

/** Whatever a line carries by these names is replaced: credentials, and what says who somebody is or where they live. */
const SECRET = [
  'token',
  'cartToken',
  'apiKey',
  'authorization',
  'cookie',
  'password',
  'secret',
  'email',
  'address',
  'shippingAddress',
  'billingAddress',
];

/** Nest's own account of a start, and of why one failed; the process says both in its own words. */
const FRAMEWORK = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'NestMicroservice',
  'ExceptionHandler',
]);

/** What is worth knowing of an error. Its other members may hold what was asked of the database, values included. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = (error as { code?: unknown }).code;
  return {
    type: name,
    message,
    stack,
    ...(typeof code === 'string' && { code }),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

/** One JSON line an event, with the trace it belongs to. `destination` is for tests; standard output otherwise. */
export function createPino(config: Config, service: string, destination?: DestinationStream): Pino {
  const options = {
    level: config.LOG_LEVEL,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    mixin: () => {
      const trace = currentTrace();
      return trace === undefined ? {} : { trace_id: trace.traceId };
    },
    redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Nest's logger on pino: `logger.log({ msg, … })` or `logger.log('text')`, and an Error anywhere among the arguments. */
export class PinoLogger implements LoggerService {
  constructor(private readonly sink: Pino) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: unknown[]): void {
    const context = rest.findLast((part) => typeof part === 'string');
    const error = [message, ...rest].find((part) => part instanceof Error);
    const fields = typeof message === 'object' && message !== null && !(message instanceof Error) ? message : {};
    const text = typeof message === 'string' ? { msg: message } : {};
    const heard = context !== undefined && FRAMEWORK.has(context) ? 'debug' : level;
    this.sink[heard]({ ...(error && { err: error }), ...(context && { context }), ...fields, ...text });
  }
}
