import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rememberCaller, type Caller } from '../caller/caller.js';
import { Credentials } from '../caller/credentials.js';
import { IdempotencyKeyMissing, InsufficientScope, PreconditionRequired, Unauthenticated } from '../http.errors.js';
import { parseIdempotencyKey } from '../commands/idempotency-header.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { expectedVersions } from './if-match.js';
import type { AccessRequest } from './resource-access.js';
import { OPERATION_METADATA, type OperationOptions } from './operation.decorator.js';

/** What @Operation() demands of a request, checked before its body is looked at. */
@Injectable()
export class OperationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly credentials: Credentials,
    private readonly modules: ModuleRef,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = this.reflector.get<OperationOptions | undefined>(OPERATION_METADATA, context.getHandler());
    if (operation === undefined) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = forBuyers(operation, await this.credentials.callerOf(request));
    rememberCaller(request, caller);
    await this.limits.admitCaller(caller, request, context.switchToHttp().getResponse<FastifyReply>());
    assertAllowed(operation, caller);
    if (operation.idempotencyKey !== undefined) assertKey(operation, request);
    if (operation.ifMatch !== undefined) assertIfMatch(operation, request);
    if (operation.access !== undefined) {
      const access = this.modules.get(operation.access, { strict: false });
      await access.assertOpen({ params: request.params as AccessRequest['params'], body: request.body }, caller);
    }
    return true;
  }
}

/** Staff with the scope may do it for every buyer. */
function forBuyers({ staffScope }: OperationOptions, caller: Caller): Caller {
  return staffScope !== undefined && caller.staff?.scopes.has(staffScope) === true
    ? { ...caller, anyBuyer: true }
    : caller;
}

function assertAllowed(operation: OperationOptions, caller: Caller): void {
  assertStaffScope(operation, caller);
  const { customer, scope } = operation;
  if (scope !== undefined && caller.staff?.scopes.has(scope) !== true) {
    if (caller.staff === undefined && caller.customerId === undefined) {
      throw new Unauthenticated(`Send Authorization: Bearer with an API key that has the scope ${scope}.`);
    }
    throw new InsufficientScope(scope);
  }
  if (customer === true && caller.customerId === undefined && caller.anyBuyer !== true) {
    throw new Unauthenticated('Send Authorization: Bearer with the customer’s token of the shop’s identity provider.');
  }
}

/** With the token of a cart, staff without the scope are its buyer. A route for customers takes no such token. */
function assertStaffScope(operation: OperationOptions, { staff, anyBuyer, cartTokenHash }: Caller): void {
  const { staffScope, customer } = operation;
  if (staffScope === undefined || staff === undefined || anyBuyer === true) return;
  if (customer === true || cartTokenHash === undefined) throw new InsufficientScope(staffScope);
}

function assertIfMatch({ ifMatch }: OperationOptions, { headers }: FastifyRequest): void {
  if (headers['if-match'] === undefined && ifMatch === 'required') throw new PreconditionRequired();
  expectedVersions(headers['if-match']);
}

function assertKey({ idempotencyKey }: OperationOptions, { headers }: FastifyRequest): void {
  const header = headers['idempotency-key'];
  if (typeof header === 'string') parseIdempotencyKey(header);
  else if (idempotencyKey === 'required') throw new IdempotencyKeyMissing();
}
