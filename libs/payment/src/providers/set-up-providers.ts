import type { Provider } from '@nestjs/common';
import { Config } from '#config';
import type { PaymentProvider } from './payment-provider.js';
import { PaymentProviders } from './payment-providers.js';
import { ProviderCalls } from './provider-calls.js';
import { ProviderCircuits } from './provider-circuits.js';
import { ProviderLedgers } from './provider-ledgers.js';
import { DeliverSandboxWebhook } from './sandbox/deliver-sandbox-webhook.js';
import { SandboxLedger } from './sandbox/sandbox-ledger.js';
import { SandboxProvider } from './sandbox/sandbox-provider.js';
import { SandboxWebhooks } from './sandbox/sandbox-webhooks.js';
import { SettleSandbox } from './sandbox/settle-sandbox.js';
import { StripeProvider } from './stripe/stripe-provider.js';

function providersOf(config: Config, sandbox: SandboxProvider): PaymentProvider[] {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecrets } = config;
  // The webhook secret of the sandbox is published, so a shop that takes real money does not listen to it.
  const isSandboxAllowed = config.NODE_ENV !== 'production' || config.PAYMENT_SANDBOX_IN_PRODUCTION === 'yes';
  const forTests = isSandboxAllowed ? [sandbox] : [];
  if (secretKey === undefined) return forTests;
  const stripe = new StripeProvider({
    secretKey,
    webhookSecrets: webhookSecrets ?? [],
    apiBase: config.STRIPE_API_BASE,
    timeoutMs: config.PAYMENT_TIMEOUT_MS,
  });
  return [...forTests, stripe];
}

/** Every provider that is set up, also those that are not chosen for new attempts: they have attempts to finish. */
export const paymentProviders: Provider[] = [
  SandboxLedger,
  SandboxWebhooks,
  SettleSandbox,
  DeliverSandboxWebhook,
  SandboxProvider,
  {
    provide: PaymentProviders,
    inject: [Config, SandboxProvider],
    useFactory: (config: Config, sandbox: SandboxProvider) =>
      new PaymentProviders(providersOf(config, sandbox), config.PAYMENT_PROVIDER),
  },
  ProviderCircuits,
  ProviderCalls,
  ProviderLedgers,
];
