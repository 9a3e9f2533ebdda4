import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { IdempotencyKey } from '#commands';
import type { ExpectedVersions } from '#kernel';
import { callerOf, type Caller } from '../caller/caller.js';
import { idempotencyKeyOf } from '../commands/idempotency-header.js';
import { expectedVersions } from './if-match.js';
import { OPERATION_METADATA, type OperationOptions } from './operation.decorator.js';

/** What the headers of a request say, of those that its operation declares. */
export interface RequestContext {
  readonly caller: Caller;
  /** Undefined where no Idempotency-Key came. */
  readonly key: IdempotencyKey | undefined;
  /** From If-Match. */
  readonly expected: ExpectedVersions;
}

/** Parameter of an @Operation() that needs more than one of them. */
export const RequestContext = createParamDecorator((_: unknown, context: ExecutionContext): RequestContext => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const declared = Reflect.getMetadata(OPERATION_METADATA, context.getHandler()) as OperationOptions | undefined;
  return {
    caller: callerOf(request),
    key: declared?.idempotencyKey === undefined ? undefined : idempotencyKeyOf(request),
    expected: declared?.ifMatch === undefined ? undefined : expectedVersions(request.headers['if-match']),
  };
});
