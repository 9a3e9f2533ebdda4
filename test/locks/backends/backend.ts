/** What processes need to know to lock through it. */
export type Settings = Readonly<Record<string, string>>;

/** Everything of this run on a lock service begins with it. */
export const PREFIX = 'test-locks:';

/** The lock service of one row of the table, to be looked into, damaged and taken away. */
export interface Backend {
  /** Also how the table calls it. */
  readonly name: string;
  readonly env: Settings;
  /** The same service, as far away as `delay` says. */
  readonly distantEnv: Settings;
  /** How many milliseconds after its ttl the key of a dead process is freed at the latest, as the library's page says. */
  readonly freesLateMs: number;
  /** Deletes a lock behind its holder's back. */
  remove(key: string): Promise<void>;
  /** Locks and waiters that the service knows, and what it keeps of those that were there, by their names there. */
  left(): Promise<readonly string[]>;
  /** Answers to processes with `distantEnv` take so long from now on. */
  delay(ms: number): void;
  /** Processes with `distantEnv` get no answer until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Takes it away from the processes of a shop whose database is this one. */
  kill(database: string): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** How it is taken away in the middle of a sale. */
export const KILLED: Readonly<Record<string, string>> = {
  redis: 'kill -9',
  'redis quorum': 'kill -9 of two of three',
  etcd: 'kill -9',
  zookeeper: 'kill -9',
  postgres: 'the lock connections cut by pg_terminate_backend, again and again',
};
