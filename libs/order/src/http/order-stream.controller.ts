import { Controller, Get, Param, Query } from '@nestjs/common';
import { EventStreams, LastEventId, Operation, type EventStreamAnswer } from '#http';
import { OrderAccess } from './order-access.js';
import { OrderEventView, OrderParams, SEQ_MAX, StreamQuery } from './order.schemas.js';
import { OrderStreams } from './order-streams.js';

@Controller('v1/orders/:orderId/stream')
export class OrderStreamController {
  constructor(
    private readonly streams: EventStreams,
    private readonly orders: OrderStreams,
  ) {}

  @Get()
  @Operation({
    id: 'streamOrder',
    summary: 'Everything that happened to an order, and what happens from now on',
    description:
      'Server-sent events: `id` is the `seq` of the timeline, `event` its `type`, `data` the entry. What is missing after `Last-Event-ID` ' +
      'or `after` comes first. The stream ends after a quarter of an hour at the most; come back with the last id.',
    responses: { 200: OrderEventView },
    errors: ['order_not_found'],
    eventStream: true,
    access: OrderAccess,
    staffScope: 'orders:read',
  })
  stream(
    @Param({ schema: OrderParams }) { orderId }: OrderParams,
    @Query({ schema: StreamQuery }) query: StreamQuery,
    @LastEventId() lastEventId: string | undefined,
  ): EventStreamAnswer {
    const after = sequenceOf(lastEventId) ?? query.after ?? 0;
    return this.streams.answer(orderId, (stream) => this.orders.follow(orderId, after, stream));
  }
}

/** An id that no event of ours has is as none. */
function sequenceOf(lastEventId: string | undefined): number | undefined {
  return lastEventId !== undefined && /^\d{1,10}$/.test(lastEventId) && Number(lastEventId) <= SEQ_MAX
    ? Number(lastEventId)
    : undefined;
}
