import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import type { OpenedDeadLetter } from './dead-letter.js';
import { deadLetterChange } from './dead-letter-change.js';
import { DeadLetterSettled } from './dead-letter.errors.js';
import { FindDeadLetters } from './find-dead-letters.js';

const DISCARD = `
  WITH discarded AS (
    UPDATE messaging.dead_letters SET status = 'discarded', changed_at = now()
    WHERE id = $1 AND status = 'waiting' RETURNING id, queue, message_id, type
  )
  INSERT INTO messaging.dead_letter_history (dead_letter_id, queue, message_id, type, action, actor, note)
  SELECT id, queue, message_id, type, 'discard', $2, $3 FROM discarded`;

export interface Discard {
  readonly id: Id<'dead'>;
  readonly actor: string;
  /** 1 to 500 characters. */
  readonly reason: string;
}

@Injectable()
export class DiscardDeadLetter {
  constructor(private readonly letters: FindDeadLetters) {}

  /**
   * Nothing will come of the message any more. Asking again changes nothing: the first reason stands.
   *
   * @throws {DeadLetterNotFound}
   * @throws {DeadLetterSettled} for one that was replayed
   */
  async run(tx: Tx, { id, actor, reason }: Discard): Promise<OpenedDeadLetter> {
    const { count } = await tx.query(DISCARD, [id, actor, reason]);
    if (count > 0) await recordAudit(tx, actor, [deadLetterChange('discard', id, { to: 'discarded', reason })]);
    const letter = await this.letters.one(tx, id);
    if (letter.status !== 'discarded') throw new DeadLetterSettled(letter.status, 'discarded');
    return letter;
  }
}
