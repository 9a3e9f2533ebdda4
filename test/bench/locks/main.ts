import { InvalidSetting, loadConfig } from '#config';
import { LockBackendUnavailable, LockingModule } from '#locking';
import { table } from '../../support/table.js';
import { createTestDatabase } from '../../support/test-database.js';
import { driver, redlock, type Contender } from './contender.js';
import { contention, cycles, type Contention, type Cycles } from './measure.js';

/*
 * Our locks beside redlock's own using(), in one run on the same servers. In each round all have their turn, so that a machine that is busy
 * for a while is busy for all of them; a figure is the median of the rounds. Ends with 1 when the promise on contention does not hold: on
 * one Redis key three times redlock's rate, and no waiter three times the mean.
 */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const CYCLES_MS = 1_000;
const WAITERS = 50;
const RATE_MIN = 3;
const SLOWEST_MAX = 3;

/** What one contender did, round by round. */
interface Rounds {
  readonly contender: Contender;
  readonly one: Contention[];
  readonly five: Contention[];
  readonly free: Cycles[];
}

type Row = (rounds: Rounds) => string[];

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const middle = <T>(rounds: readonly T[], figure: (round: T) => number): number => median(rounds.map(figure));

const jobsPerSecond = (round: Contention): number => round.jobsPerSecond;

const withRatio = (value: number, base: number): string => `${Math.round(value)} (${(value / base).toFixed(2)}×)`;

/** Whether its server was there. */
async function measured({ contender, one, five, free }: Rounds): Promise<boolean> {
  try {
    one.push(await contention(contender, 1, WAITERS));
    if (contender.acrossClients) five.push(await contention(contender, 5, WAITERS));
    free.push(await cycles(contender, CYCLES_MS));
    return true;
  } catch (error) {
    if (!(error instanceof LockBackendUnavailable || error instanceof InvalidSetting)) throw error;
    console.log(`${contender.name} is left out: ${error.message}`);
    return false;
  }
}

function contended(base: readonly Contention[], pick: (rounds: Rounds) => readonly Contention[]): Row {
  const rate = middle(base, jobsPerSecond);
  return (rounds) => [
    rounds.contender.name,
    withRatio(middle(pick(rounds), jobsPerSecond), rate),
    middle(pick(rounds), (round) => round.handOverP50Ms).toFixed(2),
    middle(pick(rounds), (round) => round.handOverP99Ms).toFixed(2),
    Math.max(...pick(rounds).map((round) => round.slowestByMean)).toFixed(2),
  ];
}

function print(all: readonly Rounds[], base: Rounds): void {
  const titles = ['driver', 'jobs/s (to redlock)', 'hand-over p50 ms', 'p99 ms', 'slowest/mean, worst round'];
  console.log(`\n${WAITERS} waiters for one key, 1 ms of work each, in one process`);
  console.log(table(titles, all.map(contended(base.one, ({ one }) => one))));
  console.log(`\n${WAITERS} waiters for one key, 1 ms of work each, over five clients of the service`);
  const across = all.filter(({ contender }) => contender.acrossClients);
  console.log(table(titles, across.map(contended(base.five, ({ five }) => five))));
  console.log('\nKeys that nobody else wants: lock and release');
  const [single, many] = [(round: Cycles) => round.oneByOnePerSecond, (round: Cycles) => round.inFlightPerSecond];
  const rows = all.map(({ contender, free }) => [
    contender.name,
    withRatio(middle(free, single), middle(base.free, single)),
    withRatio(middle(free, many), middle(base.free, many)),
  ]);
  console.log(table(['driver', 'cycles/s one by one (to redlock)', 'cycles/s 64 in flight (to redlock)'], rows));
}

function judge(redis: Rounds, base: Rounds): boolean {
  const ratio = middle(redis.one, jobsPerSecond) / middle(base.one, jobsPerSecond);
  const slowest = Math.max(...redis.one.map((round) => round.slowestByMean));
  const held = ratio >= RATE_MIN && slowest < SLOWEST_MAX;
  console.log(
    `\n${held ? 'Held' : 'NOT HELD'}: one Redis key at ${ratio.toFixed(1)} × redlock's rate (at least ${RATE_MIN}), ` +
      `slowest waiter ${slowest.toFixed(2)} × the mean (below ${SLOWEST_MAX}).`,
  );
  return held;
}

const config = loadConfig(process.env);
const database = await createTestDatabase([LockingModule.schema]);
try {
  const postgres = driver('postgres', { DATABASE_URL: database.url });
  const contenders = [redlock(config.REDIS_URLS[0] ?? ''), driver('redis'), driver('etcd'), driver('zookeeper')];
  let all = [...contenders, postgres, driver('memory')].map((contender): Rounds => {
    return { contender, one: [], five: [], free: [] };
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const there: Rounds[] = [];
    for (const rounds of all) if (await measured(rounds)) there.push(rounds);
    all = there;
  }
  const [base, redis] = ['redlock using()', 'redis'].map((name) =>
    all.find(({ contender }) => contender.name === name),
  );
  if (base === undefined || redis === undefined) throw new Error('Without Redis there is nothing to compare.');
  print(all, base);
  process.exitCode = judge(redis, base) ? 0 : 1;
} finally {
  await database.drop();
}
