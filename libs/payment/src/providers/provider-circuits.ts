import { Injectable, Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  handleAll,
  SamplingBreaker,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { Metrics } from '#observability';
import { CallNotExecuted } from './payment-provider.js';

/** Open when more than four of five calls fail, of at least 20 in 10 s; then one call in 5 s tries whether the provider is back. */
const FAILING_SHARE = 0.8;
const WINDOW_MS = 10_000;
const CALLS_A_SECOND_MIN = 2;
const TRY_AFTER_MS = 5_000;

const isOpen = ({ state }: CircuitBreakerPolicy): boolean =>
  state === CircuitState.Open || state === CircuitState.Isolated;

/** A circuit breaker for each provider: while one is down, buyers are refused at once instead of waiting for its silence. */
@Injectable()
export class ProviderCircuits {
  private readonly logger = new Logger(ProviderCircuits.name);
  private readonly circuits = new Map<string, CircuitBreakerPolicy>();

  constructor(metrics: Metrics) {
    metrics.gauge(
      {
        name: 'payment_provider_circuit_open',
        help: '1 while calls to the payment provider are refused, because most of the last ones failed.',
        labelNames: ['provider'],
      },
      (gauge) => {
        for (const [provider, circuit] of this.circuits) gauge.set({ provider }, isOpen(circuit) ? 1 : 0);
      },
    );
  }

  /** @throws {CallNotExecuted} at once while the circuit is open */
  async run<Answer>(provider: string, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await this.circuitOf(provider).execute(call);
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        throw new CallNotExecuted('The payment provider does not work.', { cause: error });
      throw error;
    }
  }

  private circuitOf(provider: string): CircuitBreakerPolicy {
    const existing = this.circuits.get(provider);
    if (existing !== undefined) return existing;
    const breaker = new SamplingBreaker({
      threshold: FAILING_SHARE,
      duration: WINDOW_MS,
      minimumRps: CALLS_A_SECOND_MIN,
    });
    const circuit = circuitBreaker(handleAll, { halfOpenAfter: TRY_AFTER_MS, breaker });
    circuit.onBreak(() =>
      this.logger.warn({ msg: 'the payment provider does not work: its circuit is open', provider }),
    );
    circuit.onReset(() => this.logger.log({ msg: 'the payment provider works again', provider }));
    this.circuits.set(provider, circuit);
    return circuit;
  }
}
