import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StockShorted } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { NoteShortages } from '../use-cases/note-shortages.js';

@Controller()
export class OnStockShortedConsumer {
  constructor(private readonly noteShortages: NoteShortages) {}

  @Consumes(StockShorted, 'order.stock-shorted', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof StockShorted>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.noteShortages.run(tx, events);
  }
}
