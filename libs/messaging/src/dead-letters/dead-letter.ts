import type { Id } from '#kernel';

/**
 * `waiting` for a person · `replaying`: a worker will put it back into its queue · `replayed`: it is back there, and comes back here if
 * it fails again · `discarded`.
 */
export const DEAD_LETTER_STATUSES = ['waiting', 'replaying', 'replayed', 'discarded'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

export const HISTORY_ACTIONS = ['replay', 'replay_refused', 'failed_again', 'discard'] as const;

/** A message that a queue's consumer has given up on. What its message did not say is null. */
export interface DeadLetter {
  readonly id: Id<'dead'>;
  readonly queue: string;
  readonly status: DeadLetterStatus;
  readonly messageId: string;
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly sequence: number | null;
  /** Class or code of the last error. */
  readonly error: string;
  readonly detail: string;
  /** Tries of all replays. */
  readonly attempts: number;
  /** How often a replay was asked for. */
  readonly replays: number;
  readonly firstFailedAt: Date;
  readonly lastFailedAt: Date;
  readonly archivedAt: Date;
  /** When it came into its status. */
  readonly changedAt: Date;
}

/** Everything that is known of it. The body may name persons: it is shown to staff and never logged. */
export interface OpenedDeadLetter extends DeadLetter {
  readonly stack: string;
  readonly originalExchange: string | null;
  readonly originalRoutingKey: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Its first 256 KiB. */
  readonly body: Buffer;
  /** Length of the whole. */
  readonly bodyBytes: number;
  /** When a copy of the message took effect in this queue. Another replay would change nothing then. */
  readonly handledAt: Date | null;
  readonly history: readonly HistoryEntry[];
}

export interface HistoryEntry {
  readonly action: (typeof HISTORY_ACTIONS)[number];
  /** Who decided; null for what came of it. */
  readonly actor: string | null;
  /** The reason, or the error. */
  readonly note: string | null;
  readonly at: Date;
}

/** Which letters are meant. What is absent is not asked for. */
export interface DeadLetterFilter {
  readonly queue?: string | undefined;
  readonly error?: string | undefined;
}
