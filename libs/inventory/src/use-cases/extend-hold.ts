import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { sourcesOf } from '../domain/reservation-status.js';

const EXTEND = `
  UPDATE inventory.reservations
  SET status = 'extended', extended_at = now(),
    expires_at = GREATEST(expires_at, date_trunc('milliseconds', now()) + make_interval(secs => $3))
  WHERE order_id = $1 AND status = ANY($2) AND (expires_at > now() OR $4)
  RETURNING expires_at AS "expiresAt"`;

/**
 * A payment starts or goes on: the hold gets a full hold time from now. A new payment cannot begin on a hold whose time is over, even if
 * it has not been given back yet; one that is under way keeps whatever is there.
 */
@Injectable()
export class ExtendHold {
  constructor(private readonly config: Config) {}

  async run(tx: Tx, orderId: Id<'order'>, which: 'live' | 'not given back'): Promise<Date | undefined> {
    const { rows } = await tx.query<{ expiresAt: Date }>(EXTEND, [
      orderId,
      sourcesOf('extended'),
      this.config.HOLD_TTL_SECONDS,
      which === 'not given back',
    ]);
    return rows[0]?.expiresAt;
  }
}
