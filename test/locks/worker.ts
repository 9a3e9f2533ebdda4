import { stepClock } from '../support/stepped-clock.js';
import { once } from 'node:events';
import { Pool } from 'pg';
import { loadConfig } from '#config';
import { DatabaseModule, Transactions } from '#database';
import { LockAdmin, LockingModule } from '#locking';
import { openLocks } from '../support/lock-process.js';
import { tasksOf, type Tasks } from './tasks/tasks.js';

interface Order {
  readonly task?: keyof Tasks;
  readonly args?: unknown;
  readonly stepMs?: number;
  readonly goOn?: boolean;
}

/* A process of its own that does what its parent asks, one task at a time. Its settings come by the environment. */
const sql = new Pool({ connectionString: loadConfig(process.env).DATABASE_URL, max: 2 });
const program = await openLocks({}, [DatabaseModule.forRoot('locks played', [LockingModule.schema])]);
const [lockAdmin, transactions] = [program.get(LockAdmin), program.get(Transactions)];
const decision = { actor: 'test', reason: 'So that its holder loses it.' };
let goOn = (): void => undefined;
const tasks = tasksOf({
  locks: program.locks,
  sql,
  paused: async () => {
    process.send?.({ paused: true });
    await new Promise<void>((resolve) => (goOn = resolve));
  },
  forceRelease: (key) => lockAdmin.forceRelease(transactions, { key, ...decision }),
});

process.on('message', (order: Order) => {
  if (order.task !== undefined) void perform(order.task, order.args);
  if (order.stepMs !== undefined) stepClock(order.stepMs);
  if (order.goOn === true) goOn();
});
process.send?.({ ready: true });
await once(process, 'disconnect');
await program.close();
await sql.end();

async function perform(task: keyof Tasks, args: unknown): Promise<void> {
  try {
    const work = tasks[task] as (given: unknown) => Promise<unknown>;
    report({ result: await work(args) });
  } catch (error) {
    report({ failure: error instanceof Error ? error.stack : String(error) });
  }
}

/** A parent that has given up does not hear it any more. */
function report(message: object): void {
  if (process.connected) process.send?.(message);
}
