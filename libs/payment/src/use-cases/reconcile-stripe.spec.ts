import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ProviderSilent } from '../providers/provider-ledgers.js';
import { LedgersOnTrial } from './ledgers-on-trial.suite.js';

let ledgers: LedgersOnTrial;

beforeAll(async () => {
  ledgers = await LedgersOnTrial.open();
});

afterAll(() => ledgers.close());

describe('our ledger beside that of Stripe', () => {
  it('reads every page, and no payment of others in the same account', async () => {
    ledgers.stripe.ledger.createIntent({ amount: '700', currency: 'eur', payment_method: 'pm_card_visa' });
    for (let made = 0; made < 110; made += 10) {
      await Promise.all(Array.from({ length: 10 }, () => ledgers.captured('stripe')));
    }
    const { paymentId } = await ledgers.sent('stripe', 'pm_card_visa');
    const { differences, compared } = await ledgers.reconcile('stripe', true);
    expect(compared).toBeGreaterThan(110);
    expect(differences).toEqual([]);
    expect(await ledgers.statusOf(paymentId)).toBe('captured');
  });

  it('lists a second payment under the same id of ours', async () => {
    const { paymentId, reference } = await ledgers.captured('stripe');
    const second = ledgers.stripe.ledger.createIntent({
      amount: '1999',
      currency: 'eur',
      payment_method: 'pm_card_visa',
      'metadata[payment_id]': paymentId,
    });
    const { differences } = await ledgers.reconcile('stripe', true);
    expect(differences).toEqual([
      {
        kind: 'captured_only_there',
        provider: 'stripe',
        paymentId,
        reference: second.id,
        here: 'captured 1999 EUR',
        there: 'captured 1999 EUR',
      },
    ]);
    ledgers.stripe.ledger.intents.delete(second.id);
    expect(reference).not.toBe(second.id);
  });

  it('goes on after a page that did not come, and ends when none comes', async () => {
    ledgers.stripe.failNext('busy', /payment_intents$/);
    expect((await ledgers.reconcile('stripe')).differences).toEqual([]);
    ledgers.stripe.faultOf = () => 'busy';
    await expect(ledgers.reconcile('stripe')).rejects.toThrow(ProviderSilent);
    ledgers.stripe.faultOf = () => undefined;
  }, 60_000);

  it('does not take a provider’s silence about one payment for a difference', async () => {
    const { paymentId } = await ledgers.sent('stripe', 'pm_card_visa');
    ledgers.stripe.faultOf = (_, path) => (/payment_intents\/pi_/.test(path) ? 'busy' : undefined);
    await expect(ledgers.reconcile('stripe', true)).rejects.toThrow(ProviderSilent);
    ledgers.stripe.faultOf = () => undefined;
    expect(await ledgers.statusOf(paymentId)).toBe('created');
  });
});
