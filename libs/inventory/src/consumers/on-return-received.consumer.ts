import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { FulfilledGoods, ReturnReceived } from '#contracts';
import { Consumes, EventsFailed, UnfoundedEvent, type BatchContext, type ReceivedEvent } from '#messaging';
import { ReceiveReturn } from '../use-cases/receive-return.js';

/** The fulfilment module is asked whether the goods came back: whoever can write to the broker could say so. One return a transaction. */
@Controller()
export class OnReturnReceivedConsumer {
  constructor(
    private readonly goods: FulfilledGoods,
    private readonly receiveReturn: ReceiveReturn,
  ) {}

  @Consumes(ReturnReceived, 'inventory.return-received', { batch: 1 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof ReturnReceived>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    const received = await this.goods.areReceived(
      tx,
      events.map(({ data }) => data),
    );
    const unfounded = events.filter((_, place) => received[place] !== true);
    if (unfounded.length > 0) {
      const errorOf = ({ data }: (typeof events)[number]) =>
        new UnfoundedEvent(`Return ${data.returnId} was not received with these goods.`);
      throw new EventsFailed(unfounded.map((event) => [event, errorOf(event)] as const));
    }
    for (const event of events) await this.receiveReturn.run(tx, { ...event.data, cause: event });
  }
}
