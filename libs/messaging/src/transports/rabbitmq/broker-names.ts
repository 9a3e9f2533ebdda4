const MINUTE = 60;
const HOUR = 3_600;

/** Logical name of the queue for what a queue's consumer gave up on. */
export const deadLettersOf = (queue: string): string => `${queue}.dlq`;

/** What this shop's exchanges and queues are called on the broker, which others may share. */
export class BrokerNames {
  constructor(private readonly namespace: string) {}

  /** The topic exchange that every event is published to. */
  get events(): string {
    return `${this.namespace}.events`;
  }

  queue(name: string): string {
    return `${this.namespace}.${name}`;
  }

  deadLetters(queue: string): string {
    return this.queue(deadLettersOf(queue));
  }

  /** An exchange and a queue of this name make one retry level: `holdfast.retry.2m`. */
  retry(delaySeconds: number): string {
    return `${this.namespace}.retry.${label(delaySeconds)}`;
  }
}

function label(seconds: number): string {
  if (seconds % HOUR === 0) return `${seconds / HOUR}h`;
  if (seconds % MINUTE === 0) return `${seconds / MINUTE}m`;
  return `${seconds}s`;
}
