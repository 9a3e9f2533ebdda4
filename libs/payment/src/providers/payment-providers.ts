import type { PaymentProvider } from './payment-provider.js';

/** The providers of this process by name. An attempt goes on with the provider that it was begun with. */
export class PaymentProviders {
  private readonly byName: ReadonlyMap<string, PaymentProvider>;

  /** @param chosen name of the provider for new attempts */
  constructor(
    providers: readonly PaymentProvider[],
    private readonly chosen: string,
  ) {
    this.byName = new Map(providers.map((provider) => [provider.name, provider]));
    this.get(chosen);
  }

  get forNewAttempts(): PaymentProvider {
    return this.get(this.chosen);
  }

  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  find(name: string): PaymentProvider | undefined {
    return this.byName.get(name);
  }

  /** @throws when this process has no such provider: an attempt of it can be settled only by a process that has */
  get(name: string): PaymentProvider {
    const provider = this.byName.get(name);
    if (provider === undefined) throw new Error(`The payment provider ${name} is not set up in this process.`);
    return provider;
  }
}
