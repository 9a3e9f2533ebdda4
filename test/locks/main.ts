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
import { answerLate, majorityDown, minorityDown, voteSplit } from './scenarios/votes.js';

/*
 * What the locks promise, played at full length by real processes on servers of their own. The README of libs/locking names the switches.
 * Ends with 1 when something did not hold.
 */
const setting = (name: string, byDefault: number): number => Number(process.env[name] ?? byDefault);

const SECONDS = setting('LOCKS_SECONDS', 60);
const SOAK_SECONDS = setting('LOCKS_SOAK_SECONDS', 600);
const SIZE = { orders: setting('LOCKS_ORDERS', 10_000), units: setting('LOCKS_UNITS', 5_000) };
const DRIVERS = (process.env['LOCKS_DRIVERS'] ?? 'redis,redis quorum,etcd,zookeeper,postgres,none').split(',');
const SOAKED = process.env['LOCKS_DRIVERS'] === undefined ? ['redis'] : DRIVERS;
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

async function play(scenario: Scenario, stage: Stage): Promise<Outcome> {
  try {
    return await scenario.run(stage);
  } catch (error) {
    return { figure: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), held: false };
  } finally {
    await stage.end();
  }
}

/** Every scenario that is about this driver, on a service of its own. */
async function playAll(driver: string, database: { readonly url: string; readonly sql: Pool }): Promise<string[][]> {
  const played = scenarios.filter((scenario) => isAbout(scenario, driver));
  if (played.length === 0) return [];
  const rows: string[][] = [];
  const backend = await openBackend(driver, database);
  try {
    for (const scenario of played) {
      console.log(`${new Date().toISOString().slice(11, 19)} ${driver}: ${scenario.name} …`);
      const { figure, held } = await play(scenario, new Stage(backend, database.sql, SECONDS));
      const verdict = held ? 'held' : 'NOT HELD';
      console.log(`  ${verdict}: ${figure}`);
      rows.push([scenario.name, driver, figure, verdict]);
    }
  } finally {
    await backend.stop();
  }
  return rows;
}

function print(rows: readonly string[][]): void {
  const lines = [['scenario', 'driver', 'figure', 'held or not'], ...rows];
  const width = (column: number) => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  console.log();
  for (const [scenario = '', driver = '', figure, held] of lines) {
    console.log(`${scenario.padEnd(width(0))} | ${driver.padEnd(width(1))} | ${figure} | ${held}`);
  }
}

const database = await createTestDatabase([LockingModule.persistence]);
const sql = new Pool({ connectionString: database.url, max: 2 });
const rows: string[][] = [];
try {
  await sql.query('CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL, fence bigint NOT NULL DEFAULT 0)');
  process.env['DATABASE_URL'] = database.url;
  for (const driver of DRIVERS) {
    try {
      rows.push(...(await playAll(driver, { url: database.url, sql })));
    } catch (error) {
      console.log(`${driver} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  await sql.end();
  await database.drop();
}
print(rows);
process.exitCode = rows.length > 0 && rows.every((row) => row[3] === 'held') ? 0 : 1;
