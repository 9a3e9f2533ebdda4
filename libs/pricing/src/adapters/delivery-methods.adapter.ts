import { Injectable } from '@nestjs/common';
import { DeliveryMethods, type DeliveryOffer, type DeliveryRequest } from '#contracts';
import type { Reader } from '#database';
import { offersFor } from '../domain/offers-for.js';
import { listMethods } from '../persistence/list-methods.js';

@Injectable()
export class DeliveryMethodsAdapter extends DeliveryMethods {
  override async offers(
    db: Reader,
    requests: readonly DeliveryRequest[],
  ): Promise<readonly (readonly DeliveryOffer[] | undefined)[]> {
    if (requests.length === 0) return [];
    const methods = await listMethods(db);
    return requests.map((request) => (methods.length === 0 ? undefined : offersFor(methods, request)));
  }
}
