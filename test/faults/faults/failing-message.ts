import { eventually } from '../../support/eventually.js';
import { Interception } from '../interception.js';
import type { Fault, Trial } from '../trial.js';
import { lettersOnce, replayedTwice } from './failures.js';

/** Odd: what else the machine does meanwhile may spoil some, and the medians leave those out. */
const PAIRS = 11;
const SLOWER_MAX = 1.1;
const REFUSE_LISTED = `
  CREATE TABLE faults.refused (id text PRIMARY KEY);
  CREATE FUNCTION faults.refuse_refused() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (SELECT FROM faults.refused WHERE id = NEW.id) THEN RAISE EXCEPTION 'this order is refused'; END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER refuse BEFORE UPDATE ON orders.orders FOR EACH ROW WHEN (NEW.status = 'confirmed')
    EXECUTE FUNCTION faults.refuse_refused()`;

export const failingMessage: Fault = {
  name: 'one failing message among good ones: given up, and nobody waits for it',
  async happen(trial) {
    await trial.shop.db.query(REFUSE_LISTED);
    const [pure, withFailing]: [number[], number[]] = [[], []];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      // In turn first, so that neither always has the fuller tables.
      if (pair % 2 === 0) pure.push(await confirmedIn(trial, 0));
      withFailing.push(await confirmedIn(trial, 1));
      if (pair % 2 === 1) pure.push(await confirmedIn(trial, 0));
    }
    const ratio = median(withFailing) / median(pure);
    trial.remarks.push(`${seconds(pure)} without, ${seconds(withFailing)} with it: ${ratio.toFixed(2)} times as long`);
    trial.expect(ratio <= SLOWER_MAX, `the good ones took ${ratio.toFixed(2)} times as long`);
    const letters = await lettersOnce(trial, PAIRS);
    trial.expect(letters.length === PAIRS, `${letters.length} messages were given up`);
    trial.expect(
      letters.every(({ detail }) => detail.includes('refused')),
      'a letter does not tell its error',
    );
    await trial.shop.db.query('TRUNCATE faults.refused');
    await replayedTwice(trial, PAIRS);
  },
};

/** How long it takes until all but the refused are confirmed, once their payments come all at once. */
async function confirmedIn(trial: Trial, refused: number): Promise<number> {
  const before = trial.paid.length;
  const interception = await Interception.of(trial);
  const orders = trial.paid.slice(before);
  const middle = Math.floor(orders.length / 2);
  const unlucky = orders.splice(middle, refused);
  await trial.shop.db.query('INSERT INTO faults.refused SELECT unnest($1::text[])', [unlucky]);
  const { rows } = await trial.shop.db.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  await interception.putBack();
  return eventually(
    async () => {
      const { rows: confirmed } = await trial.shop.db.query<{ count: number; ms: number }>(
        `SELECT count(*)::int AS count, 1000 * extract(epoch FROM max(at) - $2)::float8 AS ms
         FROM orders.history WHERE order_id = ANY ($1) AND to_status = 'confirmed'`,
        [orders, rows[0]!.now],
      );
      if (confirmed[0]!.count < orders.length) throw new Error(`${confirmed[0]!.count} are confirmed`);
      return confirmed[0]!.ms;
    },
    { withinMs: 120_000 },
  );
}

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Of the middle one, and of the quickest and the slowest. */
const seconds = (values: readonly number[]): string => {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((ms) =>
    (ms / 1_000).toFixed(2),
  );
  return `${middle} s (${least}–${most})`;
};
