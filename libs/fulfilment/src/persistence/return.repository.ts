import { Injectable } from '@nestjs/common';
import type { Reader, Tx } from '#database';
import type { Id } from '#kernel';
import { Outbox } from '#messaging';
import { InvalidTransition, ReturnNotFound } from '../domain/fulfilment.errors.js';
import { RETURN_TRANSITIONS } from '../domain/transitions.js';
import { GoodsReturn } from './goods-return.entity.js';
import { endReturn, insertReturn, type NewReturn, type ReturnEnd } from './write-return.js';

/** The one writer of returns: state, history row and event are written together. */
@Injectable()
export class ReturnRepository {
  constructor(private readonly outbox: Outbox) {}

  /** @throws {ReturnNotFound} */
  async read({ manager }: Reader, id: Id<'ret'>): Promise<GoodsReturn> {
    const [found] = await manager.find(GoodsReturn, {
      where: { id },
      relations: { lines: true },
      order: { lines: { sku: 'ASC' } },
    });
    if (found === undefined) throw new ReturnNotFound();
    return found;
  }

  async request(tx: Tx, goodsReturn: NewReturn): Promise<GoodsReturn> {
    await insertReturn(tx, goodsReturn);
    const requested = await this.read(tx, goodsReturn.id);
    await this.outbox.add(tx, [RETURN_TRANSITIONS.requested.event(requested)]);
    return requested;
  }

  /** @throws {ReturnNotFound} @throws {InvalidTransition} for one that has ended */
  async end(tx: Tx, how: 'received' | 'cancelled', end: ReturnEnd): Promise<GoodsReturn> {
    const transition = RETURN_TRANSITIONS[how];
    const moved = await endReturn(tx, transition, end);
    const goodsReturn = await this.read(tx, end.id);
    if (!moved) throw new InvalidTransition(goodsReturn.status, how);
    await this.outbox.add(tx, [transition.event(goodsReturn)]);
    return goodsReturn;
  }
}
