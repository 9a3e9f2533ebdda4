import { setTimeout as wait } from 'node:timers/promises';
import { Body, Controller, Injectable, Param, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { Transactions, type Tx } from '#database';
import { DomainError } from '#kernel';
import { HttpResult, IdempotentRequests, RequestContext, Operation } from '../index.js';

const Work = z.strictObject({
  note: z.string(),
  pauseMs: z.int().default(0),
  refuse: z.boolean().default(false),
  busy: z.boolean().default(false),
  fail: z.boolean().default(false),
});
type Work = z.infer<typeof Work>;

class CartLocked extends DomainError {
  readonly code = 'cart_locked';
}

export class CartEmpty extends DomainError {
  readonly code = 'cart_empty';
}

/** Rows of a table `effects`, each one effect of one request. */
@Injectable()
export class Effects {
  async take(tx: Tx, { note, pauseMs, refuse, busy, fail }: Work): Promise<number> {
    const { rows } = await tx.query<{ id: number }>('INSERT INTO effects (note) VALUES ($1) RETURNING id', [note]);
    await wait(pauseMs);
    if (refuse) throw new CartEmpty('Nothing in it.', { note });
    if (busy) throw new CartLocked('Somebody else changes it.');
    if (fail) throw new Error('broken');
    return rows[0]!.id;
  }
}

@Controller('v1/effects')
export class EffectController {
  constructor(
    private readonly requests: IdempotentRequests,
    private readonly transactions: Transactions,
    private readonly effects: Effects,
  ) {}

  @Post()
  @Operation({ id: 'operation0', summary: 'Required', responses: { 201: null }, idempotencyKey: 'required' })
  required(@Body({ schema: Work }) work: Work, @RequestContext() { key }: RequestContext): Promise<HttpResult> {
    return this.requests.run(key, async (tx) => {
      const id = await this.effects.take(tx, work);
      return HttpResult.created({ id, ...work }, { location: `/v1/effects/${id}`, etag: 3 });
    });
  }

  @Put(':id')
  @Operation({ id: 'operation1', summary: 'Optional', responses: { 200: null }, idempotencyKey: 'optional' })
  optional(
    @Param('id') id: string,
    @Body({ schema: Work }) work: Work,
    @RequestContext() { key }: RequestContext,
  ): Promise<HttpResult> {
    return this.requests.run(key, async (tx) => HttpResult.ok({ id, made: await this.effects.take(tx, work) }));
  }

  /** In two transactions, as a payment is. */
  @Post('slow')
  @Operation({ id: 'operation2', summary: 'Slow', responses: { 201: null }, idempotencyKey: 'required' })
  async slow(@Body({ schema: Work }) work: Work, @RequestContext() { key }: RequestContext): Promise<HttpResult> {
    const begun = await this.transactions.run((tx) => this.requests.begin(tx, key, `resource-${work.note}`));
    if (begun.kind === 'replay') return begun.answer;
    await wait(work.pauseMs);
    const resource = begun.kind === 'resume' ? begun.resource : `resource-${work.note}`;
    const seen = begun.kind === 'resume' ? resource : 'fresh';
    const outcome = work.refuse ? new CartEmpty('Nothing in it.') : HttpResult.of(201, { resource: seen });
    if (work.fail) throw new Error('the process died here');
    await this.transactions.run((tx) => this.requests.complete(tx, key, { resource, outcome }));
    if (outcome instanceof DomainError) throw outcome;
    return outcome;
  }
}
