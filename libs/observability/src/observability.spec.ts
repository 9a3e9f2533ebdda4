/** @servers none */
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '#config';
import { HealthChecks } from './health-checks.js';
import { Metrics } from './metrics.js';
import { createPino, PinoLogger } from './pino-logger.js';
import { continueTrace, currentTrace, newTrace, runInTrace, traceparentOf } from './trace.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

function loggerInto(lines: string[], env: Record<string, string> = {}): PinoLogger {
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  return new PinoLogger(createPino(loadConfig(env), 'test', sink));
}

describe('a trace', () => {
  it('goes on across processes with a span of its own', () => {
    const trace = continueTrace(`00-${TRACE_ID}-b7ad6b7169203331-01`);
    expect(trace.traceId).toBe(TRACE_ID);
    expect(trace.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect(trace.spanId).not.toBe('b7ad6b7169203331');
    expect(continueTrace(traceparentOf(trace)).traceId).toBe(TRACE_ID);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['of another version', `ff-${TRACE_ID}-b7ad6b7169203331-01`],
    ['all zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['without a parent', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
    ['in capitals', `00-${TRACE_ID.toUpperCase()}-b7ad6b7169203331-01`],
    ['with a line break', `00-${TRACE_ID}-b7ad6b7169203331-01\n`],
  ])('begins anew where the header is %s', (_, header) => {
    const trace = continueTrace(header);
    expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(trace.traceId).not.toBe(TRACE_ID);
  });

  it('belongs to the work that runs in it, and to no other', async () => {
    const seen = await Promise.all(
      [newTrace(), newTrace()].map((trace) =>
        runInTrace(trace, async () => {
          await Promise.resolve();
          return currentTrace() === trace;
        }),
      ),
    );
    expect(seen).toEqual([true, true]);
    expect(currentTrace()).toBeUndefined();
  });
});

describe('the log', () => {
  it('writes one JSON line with level, service, context and trace', () => {
    const lines: string[] = [];
    runInTrace({ traceId: TRACE_ID, spanId: 'b7ad6b7169203331' }, () => {
      loggerInto(lines).log({ msg: 'order placed', orderId: 'order_1' }, 'PlaceOrder');
    });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      service: 'test',
      msg: 'order placed',
      orderId: 'order_1',
      context: 'PlaceOrder',
      trace_id: TRACE_ID,
    });
  });

  it('keeps credentials and personal data out, at the top and one level down', () => {
    const lines: string[] = [];
    const secrets = {
      token: 'canary-1',
      cartToken: 'canary-2',
      apiKey: 'canary-3',
      authorization: 'canary-4',
      cookie: 'canary-5',
      password: 'canary-6',
      secret: 'canary-7',
      email: 'canary-8',
      address: 'canary-9',
      shippingAddress: { city: 'canary-10' },
      billingAddress: { city: 'canary-11' },
    };
    loggerInto(lines).warn({ msg: 'look', ...secrets, body: secrets });
    expect(lines.join('')).not.toContain('canary');
    expect(lines.join('')).toContain('[redacted]');
  });

  it('keeps what an error says and where it came from, and stays on one line', () => {
    const lines: string[] = [];
    loggerInto(lines).error(new Error('first\nsecond'), 'Relay');
    expect(lines.join('').trimEnd()).not.toContain('\n');
    const line = JSON.parse(lines[0] ?? '') as { err: { message: string; stack: string }; context: string };
    expect(line.err.message).toBe('first\nsecond');
    expect(line.err.stack).toContain('observability.spec');
    expect(line.context).toBe('Relay');
  });

  it('keeps out what a failing query was asked with, and keeps the code and the cause', () => {
    const lines: string[] = [];
    const query = Object.assign(new Error('duplicate key'), { code: '23505', parameters: ['ada@example.com'] });
    loggerInto(lines).error({ msg: 'failed', err: new Error('not stored', { cause: query }) });
    expect(lines.join('')).not.toContain('ada@');
    const line = JSON.parse(lines[0] ?? '') as { err: { cause: { code: string; message: string } } };
    expect(line.err.cause).toMatchObject({ code: '23505', message: 'duplicate key' });
  });

  it('leaves the account of the framework for whoever asks for it', () => {
    const lines: string[] = [];
    loggerInto(lines).log('Mapped {/v1/carts, POST} route', 'RouterExplorer');
    expect(lines).toHaveLength(0);
    loggerInto(lines, { LOG_LEVEL: 'debug' }).log('Mapped {/v1/carts, POST} route', 'RouterExplorer');
    expect(lines).toHaveLength(1);
  });

  it('is silent below its level', () => {
    const lines: string[] = [];
    const logger = loggerInto(lines, { LOG_LEVEL: 'warn' });
    logger.debug('no');
    logger.verbose('no');
    logger.log('no');
    logger.fatal('yes');
    expect(lines).toHaveLength(1);
  });
});

describe('metrics', () => {
  it('are the same for everybody who asks by the same name', async () => {
    const metrics = new Metrics();
    const description = { name: 'orders_total', help: 'Orders.', labelNames: ['status'] as const };
    metrics.counter(description).inc({ status: 'placed' });
    metrics.counter(description).inc({ status: 'placed' });
    metrics.gauge({ name: 'waiting', help: 'Waiting.' }, (gauge) => gauge.set(7));
    metrics.histogram({ name: 'took_seconds', help: 'Took.' }).observe(0.003);
    const text = await metrics.render();
    expect(text).toContain('orders_total{status="placed"} 2');
    expect(text).toContain('waiting 7');
    expect(text).toContain('took_seconds_bucket{le="0.005"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(metrics.contentType).toContain('text/plain');
  });
});

describe('readiness', () => {
  const answering = { check: () => Promise.resolve() };
  const failing = { check: () => Promise.reject(new Error('gone')) };

  it('is lost with a dependency that the process cannot work without', async () => {
    const health = new HealthChecks();
    health.register({ name: 'postgresql', critical: true, ...failing });
    health.register({ name: 'redis', critical: false, ...answering });
    expect(await health.report()).toEqual({
      ready: false,
      checks: [
        { name: 'postgresql', ok: false, critical: true },
        { name: 'redis', ok: true, critical: false },
      ],
    });
  });

  it('survives one that it can do without, and names it', async () => {
    const health = new HealthChecks();
    health.register({ name: 'postgresql', critical: true, ...answering });
    health.register({ name: 'redis', critical: false, ...failing });
    const report = await health.report();
    expect(report.ready).toBe(true);
    expect(report.checks).toContainEqual({ name: 'redis', ok: false, critical: false });
  });

  it('does not wait for a dependency that never answers', async () => {
    const health = new HealthChecks();
    health.register({ name: 'postgresql', critical: true, check: () => new Promise(() => undefined) });
    expect((await health.report()).ready).toBe(false);
  });

  it('ends when the process drains', async () => {
    const health = new HealthChecks();
    health.register({ name: 'postgresql', critical: true, ...answering });
    health.drain();
    expect((await health.report()).ready).toBe(false);
  });
});
