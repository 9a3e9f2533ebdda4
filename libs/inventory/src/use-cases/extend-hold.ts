import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { sourcesOf } from '../domain/reservation-status.js';

const EXTEND = `
  UPDATE inventory.reservations
  SET status = 'extended', extended_at = now(), expires_at = GREATEST(
    expires_at,
    LEAST(date_trunc('milliseconds', now()) + make_interval(secs => $3), first_expires_at + make_interval(secs => $4))
  )
  WHERE order_id = $1 AND status = ANY($2) AND expires_at > now()
  RETURNING expires_at AS "expiresAt"`;

const KEEP = `
  UPDATE inventory.reservations
  SET status = 'extended', extended_at = now(),
    expires_at = GREATEST(expires_at, date_trunc('milliseconds', now()) + make_interval(secs => $3))
  WHERE order_id = $1 AND status = ANY($2)
  RETURNING expires_at AS "expiresAt"`;

const END_EXTENSION = `
  UPDATE inventory.reservations
  SET status = 'held', extended_at = NULL, expires_at = first_expires_at
  WHERE order_id = $1 AND status = ANY($2)
  RETURNING expires_at AS "expiresAt"`;

/** When the hold of an order ends: a payment puts it off, and one without money takes that back. */
@Injectable()
export class ExtendHold {
  constructor(private readonly config: Config) {}

  /**
   * A payment starts: the hold gets a full hold time from now, up to `HOLD_EXTENSION_MAX_SECONDS` after its first end. No payment can
   * begin on a hold whose time is over, even if it has not been given back yet.
   */
  start(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    const { HOLD_TTL_SECONDS, HOLD_EXTENSION_MAX_SECONDS } = this.config;
    return endOf(tx, EXTEND, [orderId, sourcesOf('extended'), HOLD_TTL_SECONDS, HOLD_EXTENSION_MAX_SECONDS]);
  }

  /** A payment is under way: the hold gets a full hold time from now, whenever it was to end. Money may be on its way. */
  keep(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    return endOf(tx, KEEP, [orderId, sourcesOf('extended'), this.config.HOLD_TTL_SECONDS]);
  }

  /** A payment has ended without money: the hold ends when it was to end at first, which may be over. */
  takeBack(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    return endOf(tx, END_EXTENSION, [orderId, sourcesOf('held')]);
  }
}

async function endOf(tx: Tx, sql: string, params: readonly unknown[]): Promise<Date | undefined> {
  const { rows } = await tx.query<{ expiresAt: Date }>(sql, params);
  return rows[0]?.expiresAt;
}
