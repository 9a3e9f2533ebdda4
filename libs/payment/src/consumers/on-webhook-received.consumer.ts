import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { PaymentWebhookReceived } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { ApplyWebhook } from '../use-cases/apply-webhook.js';

@Controller()
export class OnWebhookReceivedConsumer {
  constructor(private readonly applyWebhook: ApplyWebhook) {}

  // One at a time: each locks an attempt and its order, and no order of locks suits a list of them.
  @Consumes(PaymentWebhookReceived, 'payment.webhook-received', { batch: 1 })
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof PaymentWebhookReceived>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const { data } of events) await this.applyWebhook.run(tx, data);
  }
}
