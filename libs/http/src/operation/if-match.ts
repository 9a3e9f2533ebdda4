import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IfMatchInvalid } from '../http.errors.js';

const STRONG_ETAG = /^"(\d{1,15})"$/;

/** @throws {IfMatchInvalid} for a list, a weak or a foreign ETag. */
export function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const version = STRONG_ETAG.exec(header.trim())?.[1];
  if (version === undefined) throw new IfMatchInvalid();
  return Number(version);
}

/** Parameter: the version that the client wants to change; undefined where it takes any. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext) =>
  expectedVersion(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);
