import type { Grant, Renewal } from '../driver.js';
import { majorityOf } from './majority.js';

/** What the servers say about one grant. */
class Tally {
  private renewed = 0;
  private lost = 0;
  private unknown = 0;
  private readonly majority: number;

  constructor(
    private readonly keys: number,
    private readonly nodes: number,
  ) {
    this.majority = majorityOf(nodes);
  }

  /** Takes this grant's part from the front of a reply: 1 or 0 for each key. */
  add(reply: number[] | undefined): void {
    const answers = reply?.splice(0, this.keys);
    if (answers === undefined) this.unknown += 1;
    else if (answers.every((answer) => answer === 1)) this.renewed += 1;
    else this.lost += 1;
  }

  get decided(): boolean {
    return this.renewed + this.lost + this.unknown === this.nodes || this.renewal !== 'unknown';
  }

  get renewal(): Renewal {
    if (this.renewed >= this.majority) return 'renewed';
    return this.lost > this.nodes - this.majority ? 'lost' : 'unknown';
  }
}

/** Counts the servers' replies to one renewal of many grants, no longer than it takes to know a majority's word on each. */
export class Tallies {
  readonly decided: Promise<readonly Renewal[]>;
  private readonly tallies: readonly Tally[];
  private decide: (renewals: readonly Renewal[]) => void = () => undefined;

  constructor(grants: readonly Grant[], nodes: number) {
    this.tallies = grants.map((grant) => new Tally(grant.keys.length, nodes));
    this.decided = new Promise((resolve) => {
      this.decide = resolve;
    });
  }

  /** @param asked a reply with 1 or 0 for each key of each grant; a rejection counts as no answer */
  count(asked: Promise<unknown>): void {
    void this.hear(asked);
  }

  private async hear(asked: Promise<unknown>): Promise<void> {
    const reply = await asked.then(
      (value) => value as number[],
      () => undefined,
    );
    for (const tally of this.tallies) tally.add(reply);
    if (this.tallies.every((tally) => tally.decided)) this.decide(this.tallies.map((tally) => tally.renewal));
  }
}
