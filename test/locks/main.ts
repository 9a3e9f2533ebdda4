import { Pool } from 'pg';
import { LockingModule } from '#locking';
import { createTestDatabase } from '../support/test-database.js';
import { openBackend } from './backends/open-backend.js';
import { Stage, type Outcome, type Scenario } from './scenario.js';
import { clockStepped, crossedKeys, oneAtATime } from './scenarios/exclusion.js';
import { holderKilled, holderStopped, keyRemoved, loopBlocked, serverFrozen } from './scenarios/losses.js';
import { outageUnderLoad } from './scenarios/outage-under-load.js';
import { sale, saleWithOutage } from './scenarios/sales.js';
import { soak } from './scenarios/soak.js';
import { answerLate, majorityDown, minorityDown, voteSplit } from './scenarios/quorum.js';

/*
 * What the locks promise, played at full length by real processes on servers of their own. The README of libs/locking names the switches.
 * Ends with 1 when something did not hold, or a driver that was asked for could not be played.
 */
const setting = (name: string, byDefault: number): number => Number(process.env[name] ?? byDefault);

const SECONDS = setting('LOCKS_SECONDS', 60);
const SOAK_SECONDS = setting('LOCKS_SOAK_SECONDS', 600);
const SIZE = { orders: setting('LOCKS_ORDERS', 10_000), units: setting('LOCKS_UNITS', 5_000) };
/** A driver that was asked for by name must be there. */
const CHOSEN = process.env['LOCKS_DRIVERS']?.split(',');
const DRIVERS = CHOSEN ?? ['redis', 'redis quorum', 'etcd', 'zookeeper', 'postgres', 'none'];
const SOAKED = CHOSEN ?? ['redis'];
const ONLY = process.env['LOCKS_ONLY'] ?? '';

const scenarios: readonly Scenario[] = [
  oneAtATime,
  holderStopped,
  keyRemoved,
  serverFrozen,
  loopBlocked,
  answerLate,
  voteSplit,
  minorityDown,
  majorityDown,
  clockStepped,
  crossedKeys,
  holderKilled,
  sale(SIZE),
  saleWithOutage(SIZE),
  outageUnderLoad(SECONDS),
  soak(SOAK_SECONDS, SOAKED),
];

const isAbout = (scenario: Scenario, driver: string): boolean =>
  scenario.name.includes(ONLY) && (scenario.drivers?.includes(driver) ?? driver !== 'none');

type RowResult = 'held' | 'NOT HELD' | 'left out' | 'NOT PLAYED';
type Row = readonly [scenario: string, driver: string, figure: string, result: RowResult];

const said = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);

/** What cannot be cleared away does not take what was seen before with it. */
async function play(scenario: Scenario, stage: Stage): Promise<Outcome> {
  const { figure, held } = await scenario.run(stage).catch((error: unknown) => ({ figure: said(error), held: false }));
  try {
    await stage.end();
    return { figure, held };
  } catch (error) {
    return { figure: `${figure}; its processes did not end: ${said(error)}`, held: false };
  }
}

/** Every scenario that is about this driver, on a service of its own. */
async function* playAll(driver: string, database: { readonly url: string; readonly sql: Pool }): AsyncGenerator<Row> {
  const played = scenarios.filter((scenario) => isAbout(scenario, driver));
  if (played.length === 0) return;
  const backend = await openBackend(driver, database).catch(said);
  if (typeof backend === 'string') {
    yield ['all', driver, backend, CHOSEN === undefined ? 'left out' : 'NOT PLAYED'];
    return;
  }
  for (const scenario of played) {
    console.log(`${new Date().toISOString().slice(11, 19)} ${driver}: ${scenario.name} …`);
    const { figure, held } = await play(scenario, new Stage(backend, database.sql, SECONDS));
    yield [scenario.name, driver, figure, held ? 'held' : 'NOT HELD'];
  }
  try {
    await backend.stop();
  } catch (error) {
    yield ['its end', driver, said(error), 'NOT HELD'];
  }
}

function print(rows: readonly Row[]): void {
  const lines: (readonly string[])[] = [['scenario', 'driver', 'figure', 'held or not'], ...rows];
  const width = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  console.log();
  for (const [scenario = '', driver = '', figure, held] of lines) {
    console.log(`${scenario.padEnd(width(0))} | ${driver.padEnd(width(1))} | ${figure} | ${held}`);
  }
}

const database = await createTestDatabase([LockingModule.schema]);
const sql = new Pool({ connectionString: database.url, max: 2 });
const rows: Row[] = [];
try {
  await sql.query('CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL, fence bigint NOT NULL DEFAULT 0)');
  process.env['DATABASE_URL'] = database.url;
  for (const driver of DRIVERS) {
    for await (const row of playAll(driver, { url: database.url, sql })) {
      console.log(`  ${row[3]}: ${row[2]}`);
      rows.push(row);
    }
  }
} finally {
  print(rows);
  await sql.end();
  await database.drop();
}
const judged = rows.filter(([, , , result]) => result !== 'left out');
// Not by itself: what could not be cleared away would keep the process.
process.exit(judged.length > 0 && judged.every(([, , , result]) => result === 'held') ? 0 : 1);
