import { Injectable, Logger } from '@nestjs/common';
import { Config } from '#config';
import { answerWithin, backoffMs, sleep } from '#kernel';
import type { LedgerPage, Period } from './provider-answers.js';
import { PaymentProviders } from './payment-providers.js';

const TRIES = 4;
const AGAIN_BASE_MS = 1_000;
const AGAIN_MAX_MS = 10_000;

/** The provider did not say what is in its ledger, so nothing can be compared with it. */
export class ProviderSilent extends Error {
  constructor(provider: string, options?: ErrorOptions) {
    super(`The payment provider ${provider} does not answer, so the ledgers were not compared to the end.`, options);
  }
}

/** Reads the ledgers of providers. Not through their circuits: no buyer waits for it, and its failures say nothing of payments. */
@Injectable()
export class ProviderLedgers {
  private readonly logger = new Logger(ProviderLedgers.name);

  constructor(
    private readonly providers: PaymentProviders,
    private readonly config: Config,
  ) {}

  /** Names of the providers that are set up. */
  get names(): readonly string[] {
    return this.providers.names;
  }

  /** @throws {ProviderSilent} when it has not answered after some tries */
  async list(provider: string, period: Period, cursor: string | undefined): Promise<LedgerPage> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.ask(provider, period, cursor);
      } catch (error) {
        if (attempt === TRIES) throw new ProviderSilent(provider, { cause: error });
        this.logger.warn({ msg: 'no page of the provider’s ledger', provider, attempt, reason: String(error) });
        await sleep(backoffMs(attempt, AGAIN_BASE_MS, AGAIN_MAX_MS));
      }
    }
  }

  private async ask(provider: string, period: Period, cursor: string | undefined): Promise<LedgerPage> {
    const limitMs = this.config.PAYMENT_TIMEOUT_MS;
    return answerWithin(limitMs, this.providers.get(provider).list(period, cursor, AbortSignal.timeout(limitMs)));
  }
}
