import { Injectable } from '@nestjs/common';
import { Config } from '#config';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { endExtension } from '../persistence/end-extension.js';
import { extendReservations } from '../persistence/extend-reservations.js';
import { keepReservations } from '../persistence/keep-reservations.js';

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
    return extendReservations(tx, orderId, { seconds: HOLD_TTL_SECONDS, extensionMax: HOLD_EXTENSION_MAX_SECONDS });
  }

  /** Money may be on its way, or has come and staff decide: the hold lasts so long from now, whenever it was to end. */
  keep(tx: Tx, orderId: Id<'order'>, seconds = this.config.HOLD_TTL_SECONDS): Promise<Date | undefined> {
    return keepReservations(tx, orderId, seconds);
  }

  /** A payment has ended without money: the hold ends when it was to end at first, which may be over. */
  takeBack(tx: Tx, orderId: Id<'order'>): Promise<Date | undefined> {
    return endExtension(tx, orderId);
  }
}
