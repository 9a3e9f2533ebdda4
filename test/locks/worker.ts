import { once } from 'node:events';
import { Pool } from 'pg';
import { loadConfig } from '#config';
import { openLocks } from '../support/lock-process.js';
import { tasksOf, type Tasks } from './tasks.js';

/* A process of its own that does what its parent asks, one task at a time. Its settings come by the environment. */
const sql = new Pool({ connectionString: loadConfig(process.env).DATABASE_URL, max: 2 });
const program = await openLocks({});
const tasks = tasksOf(program.locks, sql, async () => {
  process.send?.({ paused: true });
  await once(process, 'message');
});

let ended = (): void => undefined;
const end = new Promise<void>((resolve) => (ended = resolve));
process.on('disconnect', ended);
process.on('message', (message: { task?: keyof Tasks; args?: never }) => {
  if (message.task !== undefined) void perform(message.task, message.args);
});
process.send?.({ ready: true });
await end;
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
