import { Injectable, Logger } from '@nestjs/common';
import type { Tx } from '#database';
import type { Id } from '#kernel';
import { promisedOfOrders } from '../persistence/promised-of-orders.js';
import { ScheduleAction } from './schedule-action.js';

/**
 * Has the promised money of orders captured whose goods leave: all of it with the first shipment, once however many follow. Captured
 * payments are left as they are.
 */
@Injectable()
export class CaptureShipped {
  private readonly logger = new Logger(CaptureShipped.name);

  constructor(private readonly scheduleAction: ScheduleAction) {}

  async run(tx: Tx, orderIds: readonly Id<'order'>[]): Promise<void> {
    for (const { paymentId, orderId, requestedAction } of await promisedOfOrders(tx, orderIds)) {
      // What was asked for first counts, so only a person can get this money now.
      if (requestedAction === 'void') {
        this.logger.error({ msg: 'goods left whose promised money is being given up', paymentId, orderId });
      } else await this.scheduleAction.run(tx, paymentId, 'capture');
    }
  }
}
