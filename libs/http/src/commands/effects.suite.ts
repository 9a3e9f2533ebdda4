import { setTimeout as wait } from 'node:timers/promises';
import { Body, Controller, Injectable, Param, Post, Put } from '@nestjs/common';
import { z } from 'zod';
import { ExternalCommand, singleCommand, type Closing, type Opening, type Outcome } from '#commands';
import type { Tx } from '#database';
import { DomainError } from '#kernel';
import { Commands, HttpResult, RequestContext, Operation } from '../index.js';

const Work = z.strictObject({
  note: z.string(),
  pauseMs: z.int().default(0),
  refuse: z.boolean().default(false),
  busy: z.boolean().default(false),
  fail: z.boolean().default(false),
});
type Work = z.infer<typeof Work>;

class CartLocked extends DomainError {
  static override readonly problem = {
    code: 'cart_locked',
    kind: 'conflict',
    title: 'Cart is being changed or ordered',
    retryAfterSeconds: 1,
  } as const;
}

class CartEmpty extends DomainError {
  static override readonly problem = { code: 'cart_empty', kind: 'conflict', title: 'Cart is empty' } as const;
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

/** In two transactions, as a payment is. `fail` is a process that dies between them. */
@Injectable()
export class SlowEffect extends ExternalCommand<Work, string, void, string> {
  override newResource({ note }: Work): string {
    return `resource-${note}`;
  }

  override async open(_tx: Tx, openings: readonly Opening<Work>[]): Promise<readonly Outcome<string>[]> {
    return openings.map(() => ({ result: 'fresh' }));
  }

  override async resume(_tx: Tx, { resource }: Opening<Work>): Promise<string> {
    return resource;
  }

  override async call(_opened: string, { request: { pauseMs, fail, refuse } }: Opening<Work>): Promise<void> {
    await wait(pauseMs);
    if (refuse) throw new CartEmpty('Nothing in it.');
    if (fail) throw new Error('the process died here');
  }

  override async finish(_tx: Tx, closings: readonly Closing<string, void>[]): Promise<readonly Outcome<string>[]> {
    return closings.map(({ opened }) => ({ result: opened }));
  }
}

@Controller('v1/effects')
export class EffectController {
  private readonly take = singleCommand((tx, work: Work) => this.effects.take(tx, work));

  constructor(
    private readonly commands: Commands,
    private readonly effects: Effects,
    private readonly slowEffect: SlowEffect,
  ) {}

  @Post()
  @Operation({ id: 'operation0', summary: 'Required', responses: { 201: null }, idempotencyKey: 'required' })
  required(@Body({ schema: Work }) work: Work, @RequestContext() { key }: RequestContext): Promise<HttpResult> {
    return this.commands.run(this.take, work, {
      key,
      respond: (id) => HttpResult.created({ id, ...work }, { location: `/v1/effects/${id}`, etag: 3 }),
    });
  }

  @Put(':id')
  @Operation({ id: 'operation1', summary: 'Optional', responses: { 200: null }, idempotencyKey: 'optional' })
  optional(
    @Param('id') id: string,
    @Body({ schema: Work }) work: Work,
    @RequestContext() { key }: RequestContext,
  ): Promise<HttpResult> {
    return this.commands.run(this.take, work, { key, respond: (made) => HttpResult.ok({ id, made }) });
  }

  @Post('slow')
  @Operation({ id: 'operation2', summary: 'Slow', responses: { 201: null }, idempotencyKey: 'required' })
  slow(@Body({ schema: Work }) work: Work, @RequestContext() { key }: RequestContext): Promise<HttpResult> {
    return this.commands.run(this.slowEffect, work, { key, respond: (resource) => HttpResult.of(201, { resource }) });
  }
}
