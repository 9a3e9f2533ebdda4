import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import { DeliveryMethodNotFound } from '../domain/pricing.errors.js';
import { DeliveryMethod } from '../persistence/delivery-method.entity.js';

export interface MethodDeletion {
  readonly id: string;
  readonly actor: string;
}

/** Deletes a delivery method. With the last one the shop keeps none, and delivery costs nothing again. */
@Injectable()
export class DeleteDeliveryMethod extends SingleCommand<MethodDeletion, void> {
  /** @throws {DeliveryMethodNotFound} */
  override async runOne(tx: Tx, { id, actor }: MethodDeletion): Promise<void> {
    const method = await tx.manager.findOne(DeliveryMethod, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (method === null) throw new DeliveryMethodNotFound();
    const { name, active, countries, prices } = method;
    await tx.manager.delete(DeliveryMethod, { id });
    const subject = { type: 'delivery_method', id };
    const before = { name, active, countries, prices };
    await recordAudit(tx, actor, [{ action: 'delivery_method.delete', subject, before, after: null }]);
  }
}
