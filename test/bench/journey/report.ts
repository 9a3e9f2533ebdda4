import { table } from '../../support/table.js';
import { judge, short } from './bars.js';
import { cpuTotalMs, type Figures } from './measure.js';
import type { Percentiles } from './percentiles.js';
import { STOCKS, type Level, type Results } from './results.js';

const PARTS = ['api', 'worker', 'PostgreSQL', 'RabbitMQ', 'Redis', 'client'] as const;

/** What a person reads in the terminal. */
export function report(results: Results): string {
  const { limits } = results;
  return [
    `Measured on ${results.measuredOn}; load average ${short(results.loadAverage)} before the start`,
    `Limit by pgbench, 32 clients: ${STOCKS.map((stock) => `${stock} ${short(limits[stock])} orders/s`).join(' · ')}`,
    titled('Cart, order, payment, confirmed', rates(results)),
    titled('What an order costs', costs(results)),
    ...remarks(results),
    titled('Bars', bars(results)),
    conclusion(results),
  ].join('\n');
}

const titled = (title: string, text: string): string => `\n${title}\n${text}`;

function rates({ levels, limits, halfRate }: Results): string {
  const titles = [
    '',
    'buyers',
    'orders/s',
    'to the limit',
    'requests p50 · p95 · p99 ms',
    'placed → confirmed ms',
    'refused',
  ];
  const rows = levels.map((level) =>
    rate(level.stock, String(level.buyers), `${short(level.ordersPerSecond / limits[level.stock])} ×`, level),
  );
  return table(titles, [...rows, rate('half the top rate', '', '', halfRate)]);
}

/** A row of {@link rates}. */
const rate = (name: string, buyers: string, ratio: string, figures: Figures): string[] => [
  name,
  buyers,
  short(figures.ordersPerSecond),
  ratio,
  spread(figures.journeyMs),
  spread(figures.confirmMs),
  Object.entries(figures.refusals)
    .map(([reason, count]) => `${count} × ${reason}`)
    .join(', '),
];
function costs({ levels }: Results): string {
  const titles = [
    '',
    'buyers',
    'SQL statements',
    'transactions',
    'commits',
    ...PARTS.map((part) => `${part} ms`),
    'CPU ms',
  ];
  const row = (level: Level): string[] => [
    level.stock,
    String(level.buyers),
    ...[level.statementsPerOrder, level.transactionsPerOrder, level.commitsPerOrder].map(orDash),
    ...PARTS.map((part) => orDash(level.cpuMsPerOrder[part])),
    orDash(cpuTotalMs(level)),
  ];
  return table(titles, levels.map(row));
}

function remarks({ hundredLines, overload, grown, memory, levels }: Results): string[] {
  const lines = [
    `\nOrder of 1 line ${short(hundredLines.oneLineMs)} ms, of 100 lines ${short(hundredLines.hundredLinesMs)} ms (p50, one buyer)`,
    `Memory of the api: ${short(memory.startMiB)} MiB at the start, ${short(memory.endMiB)} MiB after ${memory.orders} orders`,
  ];
  if (levels.some(({ statementsPerOrder }) => statementsPerOrder === undefined)) {
    lines.push('SQL statements are not counted: this PostgreSQL has no pg_stat_statements.');
  }
  if (overload !== undefined) {
    const refusals = Object.entries(overload.refusals).map(([reason, count]) => `${count} × ${reason}`);
    lines.push(
      `Overload: ${short(overload.offeredPerSecond)} buyers/s offered, ${short(overload.confirmedPerSecond)} orders/s confirmed, ` +
        `refused ${refusals.join(', ') || 'nobody'} after ${spread(overload.refusalMs)} ms, ` +
        `recovered in ${short(overload.recoverySeconds)} s, api ${short(overload.apiMiB)} MiB`,
    );
  }
  if (grown !== undefined) {
    const [before, after] = [short(grown.shareBefore), short(grown.shareAfter)];
    lines.push(`32 buyers, many SKUs: ${before} × the limit before, ${after} × after filling in ${grown.rows} orders`);
  }
  return lines;
}

function bars(results: Results): string {
  const rows = judge(results).map(({ name, bar, measured, met }) => [
    name,
    bar,
    measured,
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ]);
  return table(['', 'bar', 'measured', ''], rows);
}

function conclusion(results: Results): string {
  const all = judge(results);
  const missed = all.filter(({ met }) => met === false).map(({ name }) => name);
  const unmeasured = all.filter(({ met }) => met === undefined).length;
  const broken = results.violations.map((name) => `\nBROKEN: ${name}`).join('');
  const missing = unmeasured > 0 ? `; ${unmeasured} not measured` : '';
  return missed.length === 0
    ? `\nAll ${all.length - unmeasured} measured bars are met${missing}.`
    : `\n${missed.length} of ${all.length} bars are missed${missing}: ${missed.join('; ')}.${broken}`;
}

const spread = ({ p50, p95, p99 }: Percentiles): string => [p50, p95, p99].map(short).join(' · ');

const orDash = (value: number | undefined): string => (value === undefined ? '–' : short(value));
