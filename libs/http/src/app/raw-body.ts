import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

interface RawBodyConfig {
  readonly keepsRawBody?: boolean;
}

/** For a route that reads the bytes of its body as they came. */
export const KeepRawBody: MethodDecorator = RouteConfig({ keepsRawBody: true } satisfies RawBodyConfig);

/** Leaves the bytes with the request where its route asks for them. */
export function keepRawBody(request: FastifyRequest, body: Buffer): void {
  if (keepsRawBody(request)) Object.assign(request, { rawBody: body });
}

export const keepsRawBody = ({ routeOptions }: FastifyRequest): boolean =>
  (routeOptions.config as RawBodyConfig | undefined)?.keepsRawBody === true;
