import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Intent } from '../support/stripe/stripe-objects.js';
import { STRIPE_WEBHOOK_SECRET, StripeShop } from '../support/stripe/stripe-shop.js';
import { eventually } from '../support/eventually.js';
import { runCli } from '../support/run-cli.js';

let stripe: StripeShop;

beforeAll(async () => {
  stripe = await StripeShop.start();
});

afterAll(() => stripe?.stop());

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command with the settings of the shop. */
async function reconcile(...args: string[]): Promise<Ended> {
  const env = {
    DATABASE_URL: stripe.shop.databaseUrl,
    PAYMENT_PROVIDER: 'stripe',
    STRIPE_SECRET_KEY: 'sk_test_standin',
    STRIPE_WEBHOOK_SECRET,
    STRIPE_API_BASE: stripe.stripe.url,
  };
  try {
    return { code: 0, stdout: await runCli(['payments', 'reconcile', ...args], env), stderr: '' };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

const period = () => ['--from', day(-1), '--to', day(2)];

async function aPayment(token: string) {
  const { buyer, orderId } = await stripe.aBuyerWithOrder();
  await buyer.pay(orderId, token);
  const intent = stripe.intentsOf(orderId)[0]!;
  return { buyer, orderId, paymentId: intent.metadata['payment_id'], intent };
}

/** As if Stripe had taken the money after all, and none of its webhooks had arrived. */
const takeSilently = (intent: Intent) =>
  Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, last_payment_error: null });

describe('`payments reconcile`', () => {
  it('ends with 0 where the ledgers of all providers agree', async () => {
    const { buyer, orderId } = await aPayment('pm_card_visa');
    await eventually(async () => expect((await buyer.read(orderId)).body.status).toBe('confirmed'));
    await aPayment('tok_chargeDeclined');
    const { code, stdout } = await reconcile(...period());
    expect({ code, lines: stdout.trim().split('\n') }).toEqual({
      code: 0,
      lines: [
        'sandbox: 0 attempts compared, 0 repaired. The ledgers agree.',
        'stripe: 2 attempts compared, 0 repaired. The ledgers agree.',
      ],
    });
  });

  it('lists money that only the provider knows of and ends with 1; with --repair the order is confirmed', async () => {
    const { buyer, orderId, paymentId, intent } = await aPayment('tok_chargeDeclined');
    takeSilently(intent);
    const seen = await reconcile(...period());
    expect(seen.code).toBe(1);
    expect(seen.stdout).toContain(
      `captured_only_there  stripe  ${paymentId}  ${intent.id}  here: declined  there: captured`,
    );
    expect(seen.stderr).toMatch(/^stripe: 3 payments read from its ledger$/m);
    expect(seen.stderr).toMatch(/^1 differences are left\. --repair records what the provider is sure of\.$/m);
    expect((await buyer.read(orderId)).body.status).toBe('pending_payment');
    const repaired = await reconcile(...period(), '--repair');
    expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining('1 repaired. The ledgers agree.') });
    await eventually(async () => expect((await buyer.read(orderId)).body.status).toBe('confirmed'));
  });

  it('prints JSON for programs', async () => {
    const { paymentId, intent } = await aPayment('pm_card_visa');
    stripe.stripe.ledger.intents.delete(intent.id);
    const { code, stdout } = await reconcile(...period(), '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [
        expect.objectContaining({ kind: 'captured_only_here', provider: 'stripe', paymentId, reference: intent.id }),
        { provider: 'sandbox', compared: 0, repaired: 0, left: 0 },
        { provider: 'stripe', compared: 4, repaired: 0, left: 1 },
      ],
    });
  });

  it('says how it is called', async () => {
    for (const args of [
      ['--from', day(0)],
      ['--from', 'yesterday', '--to', day(0)],
    ]) {
      const { code, stderr } = await reconcile(...args);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('payments reconcile --from <time>'),
      });
    }
  });
});

it('a worker compares a day that is over by itself, and its metrics and log say what is left', async () => {
  const [worker] = stripe.shop.workers;
  const over = `UPDATE messaging.scheduled SET due_at = now() WHERE type = 'payment.reconciliation_due.v1' AND subject = 'stripe'`;
  expect((await stripe.shop.db.query(over)).rowCount).toBe(1);
  await eventually(
    async () => {
      const metrics = await (await fetch(`${worker!.url}/metrics`)).text();
      expect(metrics).toContain('payment_ledger_differences{provider="stripe",kind="captured_only_here"} 1');
      expect(metrics).toContain('payment_ledger_differences{provider="stripe",kind="amounts_differ"} 0');
    },
    { withinMs: 45_000 },
  );
  const line = worker!.output.split('\n').find((text) => text.includes('the ledgers do not agree'));
  expect(JSON.parse(line!)).toMatchObject({ level: 'error', provider: 'stripe', compared: 4, captured_only_here: 1 });
});
