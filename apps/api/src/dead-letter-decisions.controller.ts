import { Body, Controller, Param, Post } from '@nestjs/common';
import { singleCommand } from '#commands';
import { Commands, HttpResult, RequestContext, Operation } from '#http';
import type { Id } from '#kernel';
import { DiscardDeadLetter, ReplayDeadLetters, type OpenedDeadLetter } from '#messaging';
import {
  deadLetterSettled,
  DeadLetterParams,
  DiscardBody,
  OpenedDeadLetterView,
  openedViewOf,
  ReplayGroupBody,
  ReplayGroupView,
} from './dead-letters.schemas.js';

interface Decision {
  readonly id: Id<'dead'>;
  readonly actor: string;
}

interface GroupDecision {
  readonly group: ReplayGroupBody;
  readonly actor: string;
}

const shown = (letter: OpenedDeadLetter): HttpResult => HttpResult.ok(openedViewOf(letter));

@Controller('v1/admin/dead-letters')
export class DeadLetterDecisionsController {
  private readonly replayOne = singleCommand((tx, { id, actor }: Decision) => this.replays.one(tx, id, actor));
  private readonly replayMany = singleCommand((tx, { group, actor }: GroupDecision) =>
    this.replays.group(tx, group, actor),
  );
  private readonly discardOne = singleCommand((tx, decision: Decision & { readonly reason: string }) =>
    this.discards.run(tx, decision),
  );

  constructor(
    private readonly commands: Commands,
    private readonly replays: ReplayDeadLetters,
    private readonly discards: DiscardDeadLetter,
  ) {}

  @Post('replay')
  @Operation({
    id: 'replayDeadLetterGroup',
    summary: 'Return all failed messages of a group to their queue',
    description:
      'Those that wait in this queue, with this error where it is given; the oldest ones where they are many.',
    responses: { 200: ReplayGroupView },
    scope: 'ops:write',
    idempotencyKey: 'optional',
  })
  replayGroup(
    @Body({ schema: ReplayGroupBody }) group: ReplayGroupBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const decision = { group, actor: caller.actor };
    return this.commands.run(this.replayMany, decision, { key, respond: (outcome) => HttpResult.ok(outcome) });
  }

  @Post(':id/replay')
  @Operation({
    id: 'replayDeadLetter',
    summary: 'Return a failed message to its queue',
    description:
      'To that queue only, as it was; a message that has taken effect there has none again. One that is on its way, or was replayed, ' +
      'is answered as it is. Who did it is recorded.',
    responses: { 200: OpenedDeadLetterView },
    errors: ['dead_letter_not_found', deadLetterSettled],
    scope: 'ops:write',
    idempotencyKey: 'optional',
  })
  replay(
    @Param({ schema: DeadLetterParams }) { id }: DeadLetterParams,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const decision = { id, actor: caller.actor };
    return this.commands.run(this.replayOne, decision, { key, respond: shown });
  }

  @Post(':id/discard')
  @Operation({
    id: 'discardDeadLetter',
    summary: 'Give up on a failed message',
    description: 'Nothing comes of it any more. Who did it and why is recorded, also when the message itself is gone.',
    responses: { 200: OpenedDeadLetterView },
    errors: ['dead_letter_not_found', deadLetterSettled],
    scope: 'ops:write',
    idempotencyKey: 'optional',
  })
  discard(
    @Param({ schema: DeadLetterParams }) { id }: DeadLetterParams,
    @Body({ schema: DiscardBody }) { reason }: DiscardBody,
    @RequestContext() { caller, key }: RequestContext,
  ): Promise<HttpResult> {
    const decision = { id, reason, actor: caller.actor };
    return this.commands.run(this.discardOne, decision, { key, respond: shown });
  }
}
