/** @servers none */
import { describePaymentProvider, type ProviderOnTrial } from '../provider.suite.js';
import { signedHeaders } from '../sandbox/standard-webhooks.js';
import { ExampleBank } from './example-bank.suite.js';
import { ExampleProvider } from './example-provider.suite.js';

const secretOf = (text: string): string => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;
const SECRETS = { first: secretOf('first'), second: secretOf('second'), other: secretOf('other') };

/** The adapter, and what the suite needs to see and do on the bank's side. */
function open(): Promise<ProviderOnTrial> {
  const bank = new ExampleBank();
  return Promise.resolve({
    provider: new ExampleProvider(bank, [SECRETS.first, SECRETS.second]),
    tokens: { success: 'tok_good', declined: 'tok_bad', requiresAction: 'tok_asks', processing: 'tok_slow' },
    decide: (reference, decision) => {
      bank.move(bank.byId(reference), decision === 'approve' ? 'paid' : 'refused');
      return Promise.resolve();
    },
    settle: (reference) => {
      bank.move(bank.byId(reference), 'paid');
      return Promise.resolve();
    },
    loseNextAnswer: () => {
      bank.isNextAnswerLost = true;
      return 'tok_good';
    },
    ledgerOf: (paymentId) => {
      const payment = bank.payments.get(paymentId);
      const captured = payment?.state === 'paid' ? payment.cents : 0;
      return Promise.resolve({ captured, refunded: payment === undefined ? 0 : bank.refundedOf(payment.id) });
    },
    webhooksOf: (reference, signed) => {
      const notices = bank.notices.filter(({ payment }) => payment.id === reference);
      const webhooks = notices.map(({ id, ...notice }) => {
        const body = JSON.stringify(notice);
        return {
          rawBody: Buffer.from(body),
          headers: signedHeaders({ id, timestamp: signed.at, body }, SECRETS[signed.with]),
        };
      });
      return Promise.resolve(webhooks);
    },
    close: () => Promise.resolve(),
  });
}

describePaymentProvider('the example of a third provider', open);
