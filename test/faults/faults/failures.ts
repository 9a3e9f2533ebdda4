import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { eventually } from '../../support/eventually.js';
import { exactAttempts } from '../attempts.js';
import type { Fault, Trial } from '../trial.js';

const QUEUE = 'order.payment-captured';
const PATH = '/v1/admin/dead-letters';
/** One order in so many cannot be confirmed: fewer than make a queue look ill as a whole. */
const REFUSED_ONE_IN = 20;
const REFUSE = `
  CREATE FUNCTION faults.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'this order is refused'; END $$;
  CREATE TRIGGER refuse BEFORE UPDATE ON orders.orders FOR EACH ROW
    WHEN (NEW.status = 'confirmed' AND abs(hashtext(NEW.id)) % ${REFUSED_ONE_IN} = 0) EXECUTE FUNCTION faults.refuse()`;
const ACCEPT = 'DROP TRIGGER refuse ON orders.orders';

const KINDS: readonly { readonly type: string; readonly body: string }[] = [
  { type: 'payment.captured.v1', body: 'garbage' },
  { type: 'payment.captured.v1', body: '{"amount":"none"}' },
  { type: 'payment.forgotten.v1', body: '{}' },
  { type: 'payment.captured.v99', body: '{}' },
];

interface Letter {
  readonly attempts: number;
  readonly error: string;
  readonly detail: string;
  readonly stack: string;
  readonly properties: { readonly headers: Readonly<Record<string, unknown>> };
  readonly original_exchange: string;
  readonly original_routing_key: string;
  readonly failedForMs: number;
}

/** Waits until so many messages have been given up. */
export function lettersOnce(trial: Trial, count: number): Promise<Letter[]> {
  const sql = `
    SELECT *, 1000 * extract(epoch FROM last_failed_at - first_failed_at)::float8 AS "failedForMs"
    FROM messaging.dead_letters WHERE queue = $1 AND status = 'waiting'`;
  return eventually(
    async () => {
      const { rows } = await trial.shop.db.query<Letter>(sql, [QUEUE]);
      if (rows.length < count) throw new Error(`${rows.length} of ${count} messages have been given up.`);
      return rows;
    },
    { withinMs: 120_000 },
  );
}

export const unreadable: Fault = {
  name: 'garbage, unknown types and versions: given up at the first try',
  async happen(trial) {
    const connection = await connect(trial.brokerUrl);
    const channel = await connection.createConfirmChannel();
    await trial.during(async () => {
      for (let count = 0; count < trial.orders; count += 1) {
        const { type, body } = KINDS[count % KINDS.length]!;
        const headers = {
          'ce-source': 'payment',
          'ce-subject': `${count}`,
          'ce-sequence': 1,
          'ce-time': '2026-01-01T00:00:00Z',
        };
        channel.sendToQueue(`${trial.shop.namespace}.${QUEUE}`, Buffer.from(body), {
          messageId: randomUUID(),
          type,
          headers,
        });
      }
      await channel.waitForConfirms();
    });
    await connection.close();
    const letters = await lettersOnce(trial, trial.orders);
    const odd = letters.filter(({ attempts, error }) => attempts !== 1 || error !== 'UnreadableMessage');
    trial.remarks.push(`${letters.length} given up`);
    trial.expect(
      letters.length === trial.orders && odd.length === 0,
      `${odd.length} of ${letters.length} had another fate`,
    );
  },
};

export const alwaysFailing: Fault = {
  name: `one handler in ${REFUSED_ONE_IN} fails always: exact tries and delays, then one replay`,
  async happen(trial) {
    await trial.shop.db.query(REFUSE);
    await trial.during(async () => undefined);
    const { rows } = await trial.shop.db.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM unnest($1::text[]) AS paid (id) WHERE abs(hashtext(id)) % $2 = 0',
      [trial.paid, REFUSED_ONE_IN],
    );
    const refused = rows[0]!.count;
    const letters = await lettersOnce(trial, refused);
    trial.expect(letters.length === refused, `${letters.length} letters for ${refused} orders`);
    trial.expect(
      letters.every(isComplete),
      `a letter lacks something: ${JSON.stringify(letters.find((letter) => !isComplete(letter)))}`,
    );
    const tries = exactAttempts(trial.worker.output, QUEUE);
    trial.remarks.push(`${refused} orders, ${tries.summary}`);
    trial.expect(
      tries.subjects === refused && tries.wrong === 0,
      `${tries.wrong} of ${tries.subjects} were tried otherwise`,
    );
    await trial.shop.db.query(ACCEPT);
    await replayedTwice(trial, letters.length);
  },
};

function isComplete({ attempts, error, detail, stack, properties, failedForMs, ...letter }: Letter): boolean {
  const names = ['ce-source', 'ce-subject', 'ce-sequence', 'ce-time', 'traceparent'];
  return (
    attempts === 9 &&
    error !== '' &&
    detail.includes('refused') &&
    stack.includes('\n    at ') &&
    names.every((name) => name in properties.headers) &&
    letter.original_exchange.endsWith('.events') &&
    letter.original_routing_key === 'payment.captured.v1' &&
    failedForMs >= 6_000
  );
}

/** Everything that waits, twice at once, and once more after it has taken effect. */
export async function replayedTwice(trial: Trial, count: number): Promise<void> {
  const replay = () => trial.shop.staff.post(`${PATH}/replay`, { queue: QUEUE });
  const replies = await Promise.all([replay(), replay()]);
  for (const { status } of replies) trial.expect(status < 300, `a replay was answered with ${status}`);
  await trial.settle();
  const { body } = await trial.shop.staff.get(`${PATH}?queue=${QUEUE}&limit=1`);
  const again = await trial.shop.staff.post(`${PATH}/${body.data[0].id}/replay`, undefined);
  trial.expect(again.status < 300, `a replay after success was answered with ${again.status}`);
  trial.remarks.push(`${count} replayed twice`);
}
