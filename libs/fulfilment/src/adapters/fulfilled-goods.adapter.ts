import { Injectable } from '@nestjs/common';
import { FulfilledGoods, type ClaimedReturn, type ClaimedShipment } from '#contracts';
import type { Reader } from '#database';
import { ARE_RECEIVED } from '../persistence/are-received.js';
import { ARE_SHIPPED } from '../persistence/are-shipped.js';

/** What other modules may ask about goods that have left or come back. */
@Injectable()
export class FulfilledGoodsAdapter extends FulfilledGoods {
  override async areShipped(db: Reader, claims: readonly ClaimedShipment[]): Promise<boolean[]> {
    const input = claims.map(({ shipmentId, orderId, location, lines }, place) => {
      return { place, shipmentId, orderId, location, lines };
    });
    const { rows } = await db.query(ARE_SHIPPED, [JSON.stringify(input)]);
    return rows.map(({ shipped }) => shipped);
  }

  override async areReceived(db: Reader, claims: readonly ClaimedReturn[]): Promise<boolean[]> {
    const input = claims.map(({ returnId, orderId, location, lines, refund }, place) => {
      return { place, returnId, orderId, location, lines, ...refund };
    });
    const { rows } = await db.query(ARE_RECEIVED, [JSON.stringify(input)]);
    return rows.map(({ received }) => received);
  }
}
