import type { Grant, Renewal } from '../driver.js';
import { majorityOf } from './majority.js';

/** The servers' answers about one grant. */
class GrantRenewal {
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

  /** Removes this grant's part from the front of a reply: 1 or 0 for each key. */
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

/** Counts the servers' replies to one renewal of many grants, until a majority has decided each grant. */
export class RenewalQuorum {
  readonly decided: Promise<readonly Renewal[]>;
  private readonly grants: readonly GrantRenewal[];
  private decide: (renewals: readonly Renewal[]) => void = () => undefined;

  constructor(grants: readonly Grant[], nodes: number) {
    this.grants = grants.map((grant) => new GrantRenewal(grant.keys.length, nodes));
    this.decided = new Promise((resolve) => {
      this.decide = resolve;
    });
  }

  /** @param reply 1 or 0 for each key of each grant; a rejection counts as no answer */
  add(reply: Promise<unknown>): void {
    void this.count(reply);
  }

  private async count(asked: Promise<unknown>): Promise<void> {
    const results = await asked.then(
      (value) => value as number[],
      () => undefined,
    );
    for (const grant of this.grants) grant.add(results);
    if (this.grants.every((grant) => grant.decided)) this.decide(this.grants.map((grant) => grant.renewal));
  }
}
