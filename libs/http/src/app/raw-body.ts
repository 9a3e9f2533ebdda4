import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

interface RawBodyConfig {
  readonly keepsRawBody?: boolean;
}

/** For a route that reads the bytes of its body as they came. */
export const KeepRawBody: MethodDecorator = RouteConfig({ keepsRawBody: true } satisfies RawBodyConfig);

/** Leaves the bytes with the request where its route asks for them. */
export function keepRawBody(request: FastifyRequest, body: Buffer): void {
  const { keepsRawBody } = request.routeOptions.config as RawBodyConfig;
  if (keepsRawBody === true) Object.assign(request, { rawBody: body });
}
