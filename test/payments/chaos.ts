import { aProduct } from '../support/products.js';
import { StripeShop } from '../support/stripe/stripe-shop.js';
import { Dice } from './dice.js';
import { Misfortunes } from './misfortunes.js';
import { complaintsWhenQuiet } from './quiet.js';
import { Shopper } from './shopper.js';

const PRODUCTS = 10;
const ENV = { PAYMENT_TIMEOUT_MS: '1500', PAYMENT_ATTEMPTS_MAX: '100' };

export interface ChaosOptions {
  readonly orders: number;
  /** At the same time. */
  readonly buyers: number;
  readonly seed: number;
}

type Counts = Readonly<Record<string, number>>;

export interface ChaosOutcome {
  /** What buyers set out to do. */
  readonly plans: Counts;
  readonly misfortunes: Counts;
  /** How orders ended: status, payment status. */
  readonly orders: Counts;
  readonly attempts: Counts;
  readonly refunds: Counts;
  readonly webhooks: Counts;
  /** Why it did not hold. Empty is the only good answer. */
  readonly complaints: readonly string[];
}

/** Buyers buy with Stripe while everything goes wrong that can; afterwards all must be as if nothing had. */
export async function chaos({ orders, buyers, seed }: ChaosOptions): Promise<ChaosOutcome> {
  const standIn = await StripeShop.start({ env: ENV });
  try {
    const dice = new Dice(seed);
    const skus = await Promise.all(Array.from({ length: PRODUCTS }, () => aProduct(standIn.shop, { onHand: orders })));
    const misfortunes = new Misfortunes(standIn, dice);
    misfortunes.begin();
    const { plans, complaints } = await buy(standIn, { dice, skus, orders, buyers });
    await misfortunes.end();
    complaints.push(...(await complaintsWhenQuiet(standIn)));
    return { plans, misfortunes: misfortunes.counts, ...(await countsOf(standIn)), complaints };
  } finally {
    await standIn.stop();
  }
}

async function buy(
  standIn: StripeShop,
  {
    dice,
    skus,
    orders,
    buyers,
  }: Omit<ChaosOptions, 'seed'> & { readonly dice: Dice; readonly skus: readonly string[] },
): Promise<{ plans: Counts; complaints: string[] }> {
  const plans: Record<string, number> = {};
  const complaints: string[] = [];
  let left = orders;
  const lane = async (): Promise<void> => {
    for (; left > 0;) {
      left -= 1;
      try {
        const plan = await new Shopper(standIn, dice, skus[dice.between(0, skus.length - 1)]!).shop();
        plans[plan] = (plans[plan] ?? 0) + 1;
      } catch (error) {
        complaints.push(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: buyers }, lane));
  return { plans, complaints };
}

async function countsOf({
  shop,
}: StripeShop): Promise<Pick<ChaosOutcome, 'orders' | 'attempts' | 'refunds' | 'webhooks'>> {
  const counted = async (what: string, table: string): Promise<Counts> => {
    const { rows } = await shop.db.query<{ name: string; count: number }>(
      `SELECT ${what} AS name, count(*)::int AS count FROM ${table} GROUP BY 1 ORDER BY 2 DESC`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  };
  return {
    orders: await counted(`status || ', ' || payment_status`, 'orders.orders'),
    attempts: await counted('status', 'payment.attempts'),
    refunds: await counted(`cause || ', ' || status`, 'payment.refunds'),
    webhooks: await counted(`status || coalesce(', ' || reason, '')`, 'payment.webhook_events'),
  };
}
