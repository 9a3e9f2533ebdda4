import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { sourcesOf } from '../reservation-status.js';

const EXTEND = `
  UPDATE inventory.reservations
  SET status = 'extended', extended_at = now(),
    expires_at = GREATEST(expires_at, date_trunc('milliseconds', now()) + make_interval(secs => $3))
  WHERE order_id = $1 AND status = ANY($2) AND expires_at > now()
  RETURNING expires_at AS "expiresAt"`;

/** A payment starts: the hold gets a full hold time from now. A hold whose time is over stays over, also before the sweep has come by. */
@Injectable()
export class ExtendHold {
  constructor(private readonly config: Config) {}

  async run(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    const { rows } = await tx.query<{ expiresAt: Date }>(EXTEND, [
      orderId,
      sourcesOf('extended'),
      this.config.HOLD_TTL_SECONDS,
    ]);
    return rows[0]?.expiresAt;
  }
}
