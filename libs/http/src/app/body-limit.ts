import { RouteConfig } from '@nestjs/platform-fastify';
import type { RouteOptions } from 'fastify';

interface BodyLimitConfig {
  readonly bodyBytesMax?: number;
}

/** For a route whose body may be larger than others: up to this many bytes. */
export const BodyLimit = (bodyBytesMax: number): MethodDecorator =>
  RouteConfig({ bodyBytesMax } satisfies BodyLimitConfig);

/** Called for each route before it is added. */
export function applyBodyLimit(route: RouteOptions): void {
  const { bodyBytesMax } = (route.config ?? {}) as BodyLimitConfig;
  if (bodyBytesMax !== undefined) route.bodyLimit = bodyBytesMax;
}
