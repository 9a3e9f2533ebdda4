import { Pool } from 'pg';
import { LockingModule } from '#locking';
import { openLocks } from '../support/lock-process.js';
import { table } from '../support/table.js';
import { createTestDatabase } from '../support/test-database.js';
import { Stage, type Outcome, type Scenario } from './scenario.js';
import { holderKilled, loopBlocked, oneAtATime } from './scenarios/holders.js';
import { crossedKeys, holderStopped, soldOut } from './scenarios/writes.js';

/*
 * What the locks promise, played by real processes on the real servers: LOCKS_SECONDS (60) for the scenario that lasts, LOCKS_UNITS (5000)
 * for sale; LOCKS_DRIVERS and LOCKS_ONLY (part of a name) choose. Ends with 1 when something did not hold.
 */
const SECONDS = Number(process.env['LOCKS_SECONDS'] ?? 60);
const UNITS = Number(process.env['LOCKS_UNITS'] ?? 5_000);
const DRIVERS = (process.env['LOCKS_DRIVERS'] ?? 'redis,etcd,zookeeper,postgres,none').split(',');

const ONLY = process.env['LOCKS_ONLY'] ?? '';

const sale = soldOut(UNITS);
const scenarios: readonly Scenario[] = [oneAtATime, holderStopped, holderKilled, loopBlocked, crossedKeys, sale];

async function play(scenario: Scenario, stage: Stage): Promise<Outcome> {
  try {
    return await scenario.run(stage);
  } catch (error) {
    return { figure: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), held: false };
  } finally {
    await stage.end();
  }
}

/** Why a driver cannot be tried here, if so. */
async function missing(env: Readonly<Record<string, string>>): Promise<string | undefined> {
  try {
    const program = await openLocks(env);
    try {
      await program.locks.using(
        'stock:there',
        { ttlMs: 5_000, waitMs: 0, onUnavailable: 'fail-closed' },
        async () => undefined,
      );
    } finally {
      await program.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const database = await createTestDatabase([LockingModule.persistence]);
const sql = new Pool({ connectionString: database.url, max: 2 });
try {
  await sql.query('CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL, fence bigint NOT NULL DEFAULT 0)');
  const rows: string[][] = [];
  for (const driver of DRIVERS) {
    const env = {
      LOCK_DRIVER: driver,
      DATABASE_URL: database.url,
      REDIS_KEY_PREFIX: 'test-locks:',
      LOG_LEVEL: 'silent',
    };
    const reason = await missing(env);
    if (reason !== undefined) console.log(`${driver} is left out: ${reason}`);
    for (const scenario of reason === undefined ? scenarios : []) {
      // Without exclusion only the data's own guard is left to try.
      if ((driver === 'none' && scenario !== sale) || !scenario.name.includes(ONLY)) continue;
      const { figure, held } = await play(scenario, new Stage(driver, { env, sql, seconds: SECONDS }));
      console.log(`${driver}: ${scenario.name}: ${figure}`);
      rows.push([scenario.name, driver, figure, held ? 'held' : 'NOT HELD']);
    }
  }
  console.log(`\n${table(['scenario', 'driver', 'figure', ''], rows)}`);
  process.exitCode = rows.length > 0 && rows.every((row) => row[3] === 'held') ? 0 : 1;
} finally {
  await sql.end();
  await database.drop();
}
