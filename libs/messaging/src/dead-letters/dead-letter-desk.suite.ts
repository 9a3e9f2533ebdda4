import { Transactions } from '#database';
import type { Id } from '#kernel';
import { eventually } from '../../../../test/support/eventually.js';
import { MessagingSandbox, type MessagingWorker } from '../../../../test/support/messaging-sandbox.js';
import {
  TestConsumer,
  EFFECTS_TABLE,
  ReaderConsumer,
  packed,
  testEvents,
  scripts,
} from '../../../../test/support/test-consumer.js';
import { PermanentFailure } from '../consumer/failures.js';
import type { DeadLetter, DeadLetterStatus, OpenedDeadLetter } from './dead-letter.js';
import { DiscardDeadLetter } from './discard-dead-letter.js';
import { FindDeadLetters } from './find-dead-letters.js';
import { ReplayDeadLetters, type ReplayGroup } from './replay-dead-letters.js';

const broken = () => Promise.reject(new PermanentFailure('no such shelf'));

/** Where staff look at dead letters and decide about them. */
export class DeadLetterDesk {
  private constructor(
    readonly sandbox: MessagingSandbox,
    readonly worker: MessagingWorker,
  ) {}

  static async open(): Promise<DeadLetterDesk> {
    const sandbox = await MessagingSandbox.create(testEvents);
    await sandbox.db.query(EFFECTS_TABLE);
    const worker = await sandbox.startWorker([TestConsumer, ReaderConsumer]);
    await worker.connected();
    return new DeadLetterDesk(sandbox, worker);
  }

  async clear(): Promise<void> {
    await this.sandbox.db.query('TRUNCATE messaging.dead_letters, messaging.dead_letter_history, messaging.inbox');
  }

  list(): Promise<DeadLetter[]> {
    return this.transactions.read((db) => this.worker.get(FindDeadLetters).list(db, { count: 5_000 }));
  }

  read(id: Id<'dead'>): Promise<OpenedDeadLetter> {
    return this.transactions.read((db) => this.worker.get(FindDeadLetters).one(db, id));
  }

  replay(id: Id<'dead'>): Promise<OpenedDeadLetter> {
    return this.transactions.run((tx) => this.worker.get(ReplayDeadLetters).one(tx, id, 'staff:ada'));
  }

  replayGroup(group: ReplayGroup): Promise<{ replaying: number; remaining: number }> {
    return this.transactions.run((tx) => this.worker.get(ReplayDeadLetters).group(tx, group, 'staff:ada'));
  }

  discard(id: Id<'dead'>, reason = 'a test order'): Promise<OpenedDeadLetter> {
    const actor = 'staff:bob';
    return this.transactions.run((tx) => this.worker.get(DiscardDeadLetter).run(tx, { id, reason, actor }));
  }

  /** Letters about these subjects, whose handler fails until somebody deletes its script. */
  async lettersAbout(subjects: readonly string[], event = packed): Promise<DeadLetter[]> {
    for (const subject of subjects) scripts.set(subject, broken);
    await this.worker.publish(subjects.map((subject) => event(subject)));
    const letters = await eventually(async () => {
      const found = (await this.list()).filter(({ subject }) => subjects.includes(subject ?? ''));
      if (found.length < subjects.length) throw new Error(`${found.length} of ${subjects.length} letters are there.`);
      return found;
    });
    return subjects.map((about) => letters.find(({ subject }) => subject === about)!);
  }

  async letterAbout(subject: string): Promise<DeadLetter> {
    return (await this.lettersAbout([subject]))[0]!;
  }

  /** Waits for a state that it comes to by itself. */
  becomes(id: Id<'dead'>, status: DeadLetterStatus, replays = 1): Promise<OpenedDeadLetter> {
    return eventually(async () => {
      const letter = await this.read(id);
      if (letter.status === status && letter.replays === replays) return letter;
      throw new Error(`It is ${letter.status} after ${letter.replays} replays.`);
    });
  }

  get transactions(): Transactions {
    return this.worker.get(Transactions);
  }
}
