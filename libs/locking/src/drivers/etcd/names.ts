/** What things are called on the server; lock-transactions.ts says what they are. */
export class Names {
  constructor(private readonly prefix: string) {}

  get locks(): string {
    return `${this.prefix}lock/`;
  }

  lockOf(key: string): string {
    return `${this.locks}${encodeURIComponent(key)}`;
  }

  keyOf(lock: string): string {
    return decodeURIComponent(lock.slice(this.locks.length));
  }

  queueOf(key: string): string {
    return `${this.prefix}wait/${encodeURIComponent(key)}/`;
  }

  placeOf(key: string, owner: string): string {
    return `${this.queueOf(key)}${claimOf(owner)}`;
  }

  voidOf(owner: string): string {
    return `${this.prefix}void/${claimOf(owner)}`;
  }
}

/** An owner is the claim's number and the process's name, with a space between. */
const claimOf = (owner: string): string => owner.split(' ', 1)[0] ?? owner;
