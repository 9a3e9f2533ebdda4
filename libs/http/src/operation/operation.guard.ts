import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { rememberCaller, type Caller } from '../caller/caller.js';
import { Credentials } from '../caller/credentials.js';
import { IdempotencyKeyMissing, InsufficientScope, Unauthenticated } from '../http.errors.js';
import { parseIdempotencyKey } from '../idempotency/idempotency-key.js';
import { expectedVersion } from './if-match.js';
import { OPERATION_METADATA, type OperationOptions } from './operation.decorator.js';

/** What @Operation() demands of a request, checked before its body is looked at. */
@Injectable()
export class OperationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly credentials: Credentials,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = this.reflector.get<OperationOptions | undefined>(OPERATION_METADATA, context.getHandler());
    if (operation === undefined) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.credentials.callerOf(request);
    rememberCaller(request, caller);
    assertAllowed(operation, caller);
    if (operation.idempotencyKey !== undefined) assertKey(operation, request);
    if (operation.ifMatch === true) expectedVersion(request.headers['if-match']);
    return true;
  }
}

function assertAllowed({ scope, customer }: OperationOptions, caller: Caller): void {
  if (scope !== undefined && caller.staff?.scopes.has(scope) !== true) {
    if (caller.staff === undefined && caller.customerId === undefined) {
      throw new Unauthenticated(`Send Authorization: Bearer with an API key that has the scope ${scope}.`);
    }
    throw new InsufficientScope(scope);
  }
  if (customer === true && caller.customerId === undefined) {
    throw new Unauthenticated('Send Authorization: Bearer with the customer’s token of the shop’s identity provider.');
  }
}

function assertKey({ idempotencyKey }: OperationOptions, { headers }: FastifyRequest): void {
  const header = headers['idempotency-key'];
  if (typeof header === 'string') parseIdempotencyKey(header);
  else if (idempotencyKey === 'required') throw new IdempotencyKeyMissing();
}
