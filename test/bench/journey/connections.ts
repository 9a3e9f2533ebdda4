import { HttpConnection } from './http-connection.js';

/** Connections to the api that wait for the next buyer. */
export class Connections {
  private readonly idle: HttpConnection[] = [];

  constructor(private readonly url: URL) {}

  /** Lends one, as many at a time as there are buyers. */
  async use<T>(work: (connection: HttpConnection) => Promise<T>): Promise<T> {
    const connection = this.idleOne() ?? (await HttpConnection.open(this.url));
    try {
      return await work(connection);
    } finally {
      if (connection.isOpen) this.idle.push(connection);
    }
  }

  close(): void {
    for (const connection of this.idle.splice(0)) connection.close();
  }

  private idleOne(): HttpConnection | undefined {
    for (let found = this.idle.pop(); found !== undefined; found = this.idle.pop()) if (found.isOpen) return found;
    return undefined;
  }
}
