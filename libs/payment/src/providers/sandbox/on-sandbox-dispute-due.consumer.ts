import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { SandboxDisputeDue } from '#contracts';
import { Consumes, type BatchContext, type ReceivedEvent } from '#messaging';
import { SettleSandbox } from './settle-sandbox.js';

@Controller()
export class OnSandboxDisputeDueConsumer {
  constructor(private readonly settle: SettleSandbox) {}

  @Consumes(SandboxDisputeDue, 'payment.sandbox-dispute-due')
  async handle(
    @Payload() events: readonly ReceivedEvent<typeof SandboxDisputeDue>[],
    @Ctx() { tx }: BatchContext,
  ): Promise<void> {
    for (const { data } of events) await this.settle.dispute(tx, data.reference, data.status);
  }
}
