/** Names of the keys on the server; lock-transactions.ts explains them. */
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
    return `${this.queueOf(key)}${acquisitionIdOf(owner)}`;
  }

  tombstoneOf(owner: string): string {
    return `${this.prefix}tombstone/${acquisitionIdOf(owner)}`;
  }
}

/** The owner is the id of the acquisition, a space, and the name of the process. */
const acquisitionIdOf = (owner: string): string => owner.split(' ', 1)[0] ?? owner;
