import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds, from a fast query to a request that is about to be given up. */
const LATENCY_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Description<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly Label[];
}

/** The process's Prometheus registry. Asking twice for the same name gives the same metric. Labels never carry ids. */
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  counter<L extends string>(description: Description<L>): Counter<L> {
    return this.existing<Counter<L>>(description) ?? new Counter({ ...this.owned(description) });
  }

  /** `collect` is called at each scrape. */
  gauge<L extends string>(description: Description<L>, collect?: (gauge: Gauge<L>) => void | Promise<void>): Gauge<L> {
    const existing = this.existing<Gauge<L>>(description);
    if (existing) return existing;
    const gauge: Gauge<L> = new Gauge({
      ...this.owned(description),
      ...(collect && { collect: () => collect(gauge) }),
    });
    return gauge;
  }

  histogram<L extends string>(description: Description<L>): Histogram<L> {
    return (
      this.existing<Histogram<L>>(description) ??
      new Histogram({ ...this.owned(description), buckets: LATENCY_BUCKETS_SECONDS })
    );
  }

  /** The text exposition format. */
  render(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private existing<M>(description: Description<string>): M | undefined {
    return this.registry.getSingleMetric(description.name) as M | undefined;
  }

  private owned<L extends string>(description: Description<L>) {
    return {
      name: description.name,
      help: description.help,
      labelNames: [...(description.labelNames ?? [])],
      registers: [this.registry],
    };
  }
}
