import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ShortageDue } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { NoteShortages } from '../use-cases/note-shortages.js';

@Controller()
export class OnShortageDueConsumer {
  constructor(private readonly noteShortages: NoteShortages) {}

  @Consumes(ShortageDue, 'order.shortage-due', { batch: 50 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof ShortageDue>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    await this.noteShortages.run(tx, events);
  }
}
