import { Controller, Get, Param, Query } from '@nestjs/common';
import { Transactions } from '#database';
import { HttpResult, Operation, page } from '#http';
import { FindDeadLetters, GROUPS_MAX } from '#messaging';
import {
  DeadLetterGroupsView,
  DeadLetterPage,
  DeadLetterParams,
  DeadLetterQuery,
  groupViewOf,
  letterViewOf,
  OpenedDeadLetterView,
  openedViewOf,
} from './dead-letters.schemas.js';

/** Here and not beside the letters: the messaging library knows nothing of HTTP. */
@Controller('v1/admin/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly transactions: Transactions,
    private readonly letters: FindDeadLetters,
  ) {}

  @Get()
  @Operation({
    id: 'listDeadLetters',
    summary: 'Messages that failed, the latest first',
    description:
      'Those that were replayed or discarded are kept for 30 days. `status=waiting` shows what wants a decision.',
    responses: { 200: DeadLetterPage },
    scope: 'ops:read',
  })
  async list(@Query({ schema: DeadLetterQuery }) query: DeadLetterQuery): Promise<HttpResult> {
    const { limit, cursor: before, ...filter } = query;
    const slice = { ...filter, before, count: limit + 1 };
    const found = await this.transactions.read((db) => this.letters.list(db, slice));
    const { data, nextCursor } = page(found, limit, ({ id }) => id);
    return HttpResult.ok({ data: data.map(letterViewOf), nextCursor });
  }

  @Get('groups')
  @Operation({
    id: 'listDeadLetterGroups',
    summary: 'What waits for a decision, by queue and error',
    description: `The largest group first, ${GROUPS_MAX} at most; \`detail\` is from the letter that came last.`,
    responses: { 200: DeadLetterGroupsView },
    scope: 'ops:read',
  })
  async groups(): Promise<HttpResult> {
    const groups = await this.transactions.read((db) => this.letters.groups(db));
    return HttpResult.ok({ data: groups.map(groupViewOf) });
  }

  @Get(':id')
  @Operation({
    id: 'getDeadLetter',
    summary: 'One failed message, with everything that is known of it',
    description: 'The body may name persons.',
    responses: { 200: OpenedDeadLetterView },
    errors: ['dead_letter_not_found'],
    scope: 'ops:read',
  })
  async read(@Param({ schema: DeadLetterParams }) { id }: DeadLetterParams): Promise<HttpResult> {
    return HttpResult.ok(openedViewOf(await this.transactions.read((db) => this.letters.one(db, id))));
  }
}
