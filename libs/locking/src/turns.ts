interface Ticket {
  readonly key: string;
  called: () => void;
}

const nobody = (): void => undefined;

/** First come, first served within this process: for each key one caller at a time may ask the lock service. */
export class Turns {
  private readonly lines = new Map<string, Set<Ticket>>();

  /**
   * Waits for the turn at every key, in the order given. An aborted signal ends the wait by rejecting with its reason.
   *
   * @returns what ends the turn; call it once.
   */
  async take(keys: readonly string[], signal: AbortSignal): Promise<() => void> {
    const tickets: Ticket[] = [];
    const leave = () => {
      for (const ticket of tickets) this.leave(ticket);
    };
    try {
      for (const key of keys) {
        const ticket: Ticket = { key, called: nobody };
        const first = this.join(ticket);
        tickets.push(ticket);
        if (!first) await waitFor(ticket, signal);
      }
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  private join(ticket: Ticket): boolean {
    const line = this.lines.get(ticket.key);
    if (line === undefined) {
      this.lines.set(ticket.key, new Set([ticket]));
      return true;
    }
    line.add(ticket);
    return false;
  }

  private leave(ticket: Ticket): void {
    const line = this.lines.get(ticket.key);
    if (line === undefined) return;
    const [head] = line;
    line.delete(ticket);
    if (line.size === 0) this.lines.delete(ticket.key);
    if (head !== ticket) return;
    const [next] = line;
    next?.called();
  }
}

function waitFor(ticket: Ticket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      ticket.called = nobody;
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      aborted();
      return;
    }
    ticket.called = () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    signal.addEventListener('abort', aborted, { once: true });
  });
}
