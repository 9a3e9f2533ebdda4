import { setTimeout } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import type { RabbitmqServer } from '../../support/rabbitmq-server.js';
import type { Fault } from '../trial.js';
import { Interception } from '../interception.js';

const COPIES = 3;
/** A hundredth of a second apart. */
const LOOKS = 800;
/** As documented: three batches of the queue's handler, which takes 50. */
const PREFETCH = 150;
/** A hundredth of a second an order makes slow batches, and PostgreSQL must not cut them short. */
const PATIENT = { DATABASE_STATEMENT_TIMEOUT_MS: '60000' };
const SLOW = `
  CREATE FUNCTION faults.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$;
  CREATE TRIGGER wait BEFORE UPDATE ON orders.orders FOR EACH ROW WHEN (NEW.status = 'confirmed')
    EXECUTE FUNCTION faults.wait()`;

export const sameToTwo: Fault = {
  name: `every message ${COPIES} times, to two workers at once`,
  shop: { workers: 2 },
  async happen(trial) {
    const interception = await Interception.of(trial);
    await interception.putBack((messages) =>
      messages.flatMap((message) => Array.from({ length: COPIES }, () => message)),
    );
    const copies = (COPIES - 1) * trial.orders;
    const counts = await eventually(async () => {
      const found = await Promise.all(trial.shop.workers.map((worker) => duplicatesOf(worker.url)));
      if (found.reduce((sum, count) => sum + count, 0) < copies) throw new Error('Copies are on their way.');
      return found;
    });
    trial.remarks.push(`${counts.join(' and ')} copies refused`);
    trial.expect(Math.min(...counts) > 0, 'one worker got no copy');
  },
};

async function duplicatesOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^inbox_duplicates_total (\d+)/m.exec(text)?.[1] ?? 0);
}

export const outOfOrder: Fault = {
  name: 'messages in another order than they were stated, the last first',
  shop: { workers: 2 },
  async happen(trial) {
    const interception = await Interception.of(trial);
    await interception.putBack((messages) => messages.toReversed());
  },
};

export const slowHandlers = (broker: RabbitmqServer): Fault => ({
  name: `slow handlers: at most ${PREFETCH} of a queue under way`,
  shop: { env: PATIENT },
  async happen(trial) {
    await trial.shop.db.query(SLOW);
    const interception = await Interception.of(trial);
    await trial.worker.kill('SIGTERM');
    await interception.putBack();
    const watching = mostUnderWay(broker, `${trial.shop.namespace}.order.payment-captured`);
    await trial.worker.start();
    const most = await watching;
    trial.remarks.push(`${most} unacknowledged at most`);
    trial.expect(most > 0 && most <= PREFETCH, `${most} messages were unacknowledged at once`);
  },
});

/** Asks the queue itself, again and again for a while: what the broker lists is seconds old. */
async function mostUnderWay(broker: RabbitmqServer, queue: string): Promise<number> {
  const look = `{ok, {_, N}, _} = ra:local_query({'%2F_${queue}', node()}, fun rabbit_fifo:query_messages_checked_out/1)`;
  const looks = `[begin timer:sleep(10), ${look}, N end || _ <- lists:seq(1, ${LOOKS})]`;
  return Number(await broker.control('eval', `lists:max(${looks}).`));
}

export const stoppedInHandler: Fault = {
  name: 'SIGTERM in a handler: it finishes, and nothing that was begun comes again',
  shop: { workers: 2, env: PATIENT },
  async happen(trial) {
    await trial.shop.db.query(SLOW);
    await trial.rounds(4, async (buyers, round) => {
      await buyers.reaches(0.5);
      const worker = trial.shop.workers[round % 2]!;
      const ended = await worker.kill('SIGTERM');
      trial.expect(ended === 0, `a stopped worker ended with ${ended}`);
      await setTimeout(100);
      await worker.start();
    });
    await trial.settle();
    const repeated = await trial.counts.redelivered();
    trial.expect(repeated === 0, `${repeated} handlers had begun and were not let finish`);
  },
};
