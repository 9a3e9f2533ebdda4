import type { Patience } from './patience.js';

interface Ticket {
  readonly key: string;
  called: () => void;
}

const nobody = (): void => undefined;

/** First come, first served within this process: for each key one caller at a time may ask the lock service. */
export class Turns {
  private readonly lines = new Map<string, Set<Ticket>>();

  /**
   * Waits for the turn at every key, in the order given, until the patience is lost.
   *
   * @returns what ends the turn; a second call does nothing.
   */
  async take(keys: readonly string[], patience: Patience): Promise<() => void> {
    const tickets: Ticket[] = [];
    const leave = () => {
      for (const ticket of tickets.splice(0)) this.leave(ticket);
    };
    try {
      for (const key of keys) {
        const ticket: Ticket = { key, called: nobody };
        const first = this.join(ticket);
        tickets.push(ticket);
        if (!first) await patience.wait((done) => wait(ticket, done));
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

function wait(ticket: Ticket, called: () => void): () => void {
  ticket.called = called;
  return () => {
    ticket.called = nobody;
  };
}
