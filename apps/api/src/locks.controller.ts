import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Commands, HttpResult, RequestContext, Operation } from '#http';
import { lineOfText } from '#kernel';
import { LockAdmin, type HeldLock } from '#locking';
import { ReleaseLock } from './release-lock.js';

/** More than that at once is not read by a person. */
const LIST_MAX = 1_000;

const HeldLockView = z
  .object({
    key: z.string().meta({ example: 'stock:MUG-01' }),
    token: z.string().optional().meta({ description: 'Fencing token: greater with every grant of the key.' }),
    since: z.iso.datetime().optional(),
    holder: z.string().optional().meta({ description: 'Host and process id.', example: 'api-1/4711' }),
    ttlMs: z.int().min(0).optional().meta({ description: 'Milliseconds until it is free unless it is renewed.' }),
  })
  .meta({ id: 'HeldLock', description: 'What the lock service cannot tell is missing.' });

const HeldLocksView = z.object({ data: z.array(HeldLockView).max(LIST_MAX) }).meta({ id: 'HeldLocks' });

const LockParams = z.strictObject({
  key: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*:[!-~]+$/)
    .max(1_000),
});
type LockParams = z.infer<typeof LockParams>;

const ReleaseBody = z.strictObject({ reason: lineOfText(500) }).meta({ id: 'LockRelease' });
type ReleaseBody = z.infer<typeof ReleaseBody>;

const ReleasedView = z
  .object({ key: z.string(), wasHeld: z.boolean().meta({ description: 'Whether anybody had the lock.' }) })
  .meta({ id: 'ReleasedLock' });

/** Here and not beside the locks: the lock library knows nothing of HTTP. */
@Controller('v1/admin/locks')
export class LocksController {
  constructor(
    private readonly held: LockAdmin,
    private readonly commands: Commands,
    private readonly releaseLock: ReleaseLock,
  ) {}

  @Get()
  @Operation({
    id: 'listLocks',
    summary: 'Who holds which lock',
    description: `Of all processes, as the lock service knows it; at most ${LIST_MAX}, sorted by key.`,
    responses: { 200: HeldLocksView },
    errors: ['lock_backend_unavailable'],
    scope: 'ops:read',
  })
  async list(): Promise<HttpResult> {
    return HttpResult.ok({ data: (await this.held.list(LIST_MAX)).map(view) });
  }

  @Post(':key/release')
  @Operation({
    id: 'releaseLock',
    summary: 'Take a lock from its holder',
    description:
      'For a holder that hangs. It notices with its next renewal, and the next holder outranks it. Who did it and why is in the ' +
      'audit. Encode the key: order%3Aorder_….',
    responses: { 200: ReleasedView },
    errors: ['lock_backend_unavailable'],
    scope: 'ops:write',
    idempotencyKey: 'optional',
  })
  release(
    @Param({ schema: LockParams }) { key: lock }: LockParams,
    @Body({ schema: ReleaseBody }) { reason }: ReleaseBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const release = { key: lock, reason, actor: caller.actor };
    return this.commands.run(this.releaseLock, release, {
      key,
      respond: (wasHeld) => HttpResult.ok({ key: lock, wasHeld }),
    });
  }
}

const view = ({ key, token, since, owner, ttlMs }: HeldLock) => ({
  key,
  ...(token !== undefined && { token: String(token) }),
  ...(since !== undefined && { since: since.toISOString() }),
  ...(owner !== undefined && { holder: owner }),
  ...(ttlMs !== undefined && { ttlMs: Math.max(0, ttlMs) }),
});
