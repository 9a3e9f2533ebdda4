import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { FulfilledGoods, ReturnReceived } from '#contracts';
import { DomainError } from '#kernel';
import { Consumes, PermanentFailure, UnfoundedEvent, type BatchContext, type ReceivedEvent } from '#messaging';
import { RefundReturn } from '../use-cases/refund-return.js';

@Controller()
export class OnReturnReceivedConsumer {
  constructor(
    private readonly goods: FulfilledGoods,
    private readonly refundReturn: RefundReturn,
  ) {}

  /**
   * The fulfilment module is asked whether the goods have come: whoever can write to the broker could say so. A disputed payment is for a
   * person: the event waits in the dead letters. One at a time, since each locks the payments of an order.
   */
  @Consumes(ReturnReceived, 'payment.return-received', { batch: 1 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof ReturnReceived>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const { data } of events) {
      const { returnId, orderId, refund } = data;
      const [isReceived] = await this.goods.areReceived(tx, [data]);
      if (isReceived !== true) {
        throw new UnfoundedEvent(`No return ${returnId} of order ${orderId} has brought these goods.`);
      }
      if (refund === null) continue;
      await this.refundReturn.run(tx, { returnId, orderId, refund }).catch((error: unknown) => {
        if (!(error instanceof DomainError)) throw error;
        throw new PermanentFailure(`${error.code}: ${error.message}`, { cause: error });
      });
    }
  }
}
