import { applyDecorators, SetMetadata, type Type } from '@nestjs/common';
import type { z } from 'zod';
import type { ProblemType } from '#kernel';
import { KeepRawBody } from '../app/raw-body.js';
import type { ResourceAccess } from './resource-access.js';

export const OPERATION_METADATA = 'holdfast:operation';

/** What a route promises: the source of its checks before the handler, and of its part of the OpenAPI document. */
export interface OperationOptions {
  /** Unique among all operations, camelCase: what a generated client calls its function. */
  readonly id: string;
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** Schema of the body by status; null where the answer has no body. */
  readonly responses: Readonly<Record<number, z.ZodType | null>>;
  /** What the use case itself can answer with: codes, or types where the answer has members of its own. Those of the platform are added. */
  readonly errors?: readonly (string | ProblemType)[];
  /** Whether an Idempotency-Key must come or is honoured when it comes. Without it the header is ignored. */
  readonly idempotencyKey?: 'required' | 'optional';
  /** Checked before the handler, and so before every lock. */
  readonly access?: Type<ResourceAccess>;
  /** With this scope staff may do on behalf of every buyer what a buyer does here. */
  readonly staffScope?: string;
  /** Staff only: an API key that has this scope. */
  readonly scope?: string;
  /** Customers only: the bearer token of the identity provider. Guests and staff are answered 401. */
  readonly customer?: true;
  /** If-Match must come or is honoured when it comes, so the document names the header and `stale_version`. */
  readonly ifMatch?: 'required' | 'optional';
  /** 200 is answered with server-sent events, each of which carries the schema of 200 as JSON. */
  readonly eventStream?: true;
  /** The handler reads the bytes as they came (`@RawBody()`), for example to verify a signature over them. */
  readonly rawBody?: boolean;
}

export const Operation = (options: OperationOptions): MethodDecorator =>
  options.rawBody === true
    ? applyDecorators(SetMetadata(OPERATION_METADATA, options), KeepRawBody)
    : SetMetadata(OPERATION_METADATA, options);
