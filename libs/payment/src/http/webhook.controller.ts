import { Controller, Headers, HttpCode, Param, Post, RawBody } from '@nestjs/common';
import { z } from 'zod';
import { HttpResult, Operation } from '#http';
import { InvalidSignature } from '../domain/payment.errors.js';
import { ReceiveWebhook } from '../use-cases/receive-webhook.js';
import type { WebhookRequest } from '../providers/provider-events.js';

const WebhookParams = z.strictObject({
  provider: z.string().meta({ description: 'Name of the payment provider.', example: 'stripe' }),
});
type WebhookParams = z.infer<typeof WebhookParams>;

const WebhookTaken = z.object({ received: z.literal(true) }).meta({ id: 'WebhookTaken' });

@Controller('v1/webhooks/payments')
export class WebhookController {
  constructor(private readonly receiveWebhook: ReceiveWebhook) {}

  @Post(':provider')
  @HttpCode(200)
  @Operation({
    id: 'receivePaymentWebhook',
    summary: 'Take a webhook of a payment provider',
    description:
      'For payment providers only. The signature over the bytes of the body is verified, the event is stored once and answered; what it ' +
      'says takes effect a moment later. Sent again, it is answered alike and changes nothing.',
    responses: { 200: WebhookTaken },
    errors: [InvalidSignature.problem],
    rawBody: true,
  })
  async receive(
    @Param({ schema: WebhookParams }) { provider }: WebhookParams,
    @RawBody() rawBody: Buffer | undefined,
    @Headers() headers: WebhookRequest['headers'],
  ): Promise<HttpResult> {
    await this.receiveWebhook.run(provider, { rawBody: rawBody ?? Buffer.alloc(0), headers });
    return HttpResult.ok({ received: true } as const);
  }
}
