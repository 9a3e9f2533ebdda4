import { Injectable } from '@nestjs/common';
import { recordAudit } from '#audit';
import { SingleCommand } from '#commands';
import type { Tx } from '#database';
import { DeliveryMethod } from '../persistence/delivery-method.entity.js';
import { putRow } from '../persistence/put-row.js';

export interface MethodReplacement {
  readonly method: DeliveryMethod;
  readonly actor: string;
}

/** Creates a delivery method or replaces it. Orders that are placed keep its name and price as they were. */
@Injectable()
export class PutDeliveryMethod extends SingleCommand<MethodReplacement, 'created' | 'replaced'> {
  override async runOne(tx: Tx, { method, actor }: MethodReplacement): Promise<'created' | 'replaced'> {
    const { id, ...after } = method;
    const columns = { id, ...after, countries: [...after.countries], prices: [...after.prices] };
    const row = await putRow(tx, DeliveryMethod, { key: { id }, row: columns });
    const before = row && { name: row.name, active: row.active, countries: row.countries, prices: row.prices };
    const action = before === null ? 'delivery_method.create' : 'delivery_method.replace';
    await recordAudit(tx, actor, [{ action, subject: { type: 'delivery_method', id }, before, after }]);
    return before === null ? 'created' : 'replaced';
  }
}
