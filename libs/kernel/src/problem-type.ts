import type { z } from 'zod';

/** What is wrong, as far as a caller has to react. Whoever speaks to callers maps it: HTTP to a status. */
export type ErrorKind =
  /** The request cannot be read. */
  | 'malformed'
  /** The request can be read, but does not fit. */
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  /** What is asked for does not go with the present state. */
  | 'conflict'
  /** A payment was refused. */
  | 'declined'
  | 'precondition_failed'
  | 'precondition_required'
  | 'rate_limited'
  /** Something that is needed does not answer; trying again helps. */
  | 'unavailable'
  /** A mistake of the program. Callers learn nothing of it. */
  | 'internal';

/** One way in which a request can fail, declared by the module whose error it is. Part of the public contract. */
export interface ProblemType {
  /** Stable, snake_case. */
  readonly code: string;
  readonly kind: ErrorKind;
  /** The same for every occurrence, as RFC 9457 asks. */
  readonly title: string;
  /** Shown where the code is explained, if the title does not say enough. */
  readonly help?: string;
  /** Only where trying the same again can help. */
  readonly retryAfterSeconds?: number;
  /** What an error of this type tells besides. */
  readonly members?: z.ZodObject;
}
