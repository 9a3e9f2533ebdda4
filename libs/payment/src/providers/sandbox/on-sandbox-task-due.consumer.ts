import { Controller, Logger } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { SandboxTaskDue } from '#contracts';
import { Consumes, later, Schedule, type CommitContext, type ReceivedEvent } from '#messaging';
import { DeliverSandboxWebhook } from './deliver-sandbox-webhook.js';
import { SettleSandbox } from './settle-sandbox.js';

/** When a webhook that did not arrive is sent again; after the last one the sandbox gives up, as providers do. */
const AGAIN_AFTER_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000, 3_600_000];

/** What the sandbox does by itself, as if it were elsewhere. */
@Controller()
export class OnSandboxTaskDueConsumer {
  private readonly logger = new Logger(OnSandboxTaskDueConsumer.name);

  constructor(
    private readonly settle: SettleSandbox,
    private readonly deliver: DeliverSandboxWebhook,
    private readonly schedule: Schedule,
  ) {}

  @Consumes(SandboxTaskDue, 'payment.sandbox-task-due', { transaction: 'own' })
  async handle(
    @Payload() [{ data, subject }]: readonly [ReceivedEvent<typeof SandboxTaskDue>],
    @Ctx() { commit }: CommitContext,
  ): Promise<void> {
    if (data.task === 'settle') return commit((tx) => this.settle.run(tx, data.reference));
    const arrived = await this.deliver.run(data.webhookId);
    const inMs = AGAIN_AFTER_MS[data.tries];
    if (!arrived && inMs === undefined) this.logger.warn({ msg: 'gives up a webhook', webhookId: data.webhookId });
    await commit(async (tx) => {
      if (arrived || inMs === undefined) return;
      const again = later(SandboxTaskDue, { subject, due: { inMs }, data: { ...data, tries: data.tries + 1 } });
      await this.schedule.put(tx, [again]);
    });
  }
}
