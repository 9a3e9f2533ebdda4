import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { HttpResult } from '../operation/http-result.js';
import { EventStreamAnswer } from '../stream/event-stream-answer.js';
import { refuseBrokenConnection, refuseUnroutable } from './framework-errors.js';
import {
  BODY_MAX_BYTES,
  IDLE_TIMEOUT_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  PATH_PARAMETER_MAX_CHARACTERS,
  REQUEST_TIMEOUT_MS,
  SERVER_OPTIONS,
} from './limits.js';

/** Fastify with this product's limits, which sends an `HttpResult` as the status, headers and body it stands for. */
export class HttpAdapter extends FastifyAdapter {
  /** @param trustedProxies whose X-Forwarded-For is believed */
  constructor(trustedProxies: readonly string[]) {
    super({
      trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
      bodyLimit: BODY_MAX_BYTES,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: IDLE_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      http: SERVER_OPTIONS,
      routerOptions: { maxParamLength: PATH_PARAMETER_MAX_CHARACTERS },
      // While it drains, what still arrives on an open connection is served, and the connection closed with the answer.
      return503OnClosing: false,
      logger: false,
      frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
        refuseUnroutable(error, request, reply),
      clientErrorHandler: refuseBrokenConnection,
    });
  }

  override reply(response: Parameters<FastifyAdapter['reply']>[0], body: unknown, statusCode?: number): FastifyReply {
    if (body instanceof EventStreamAnswer) return body.begin(response as FastifyReply);
    if (!(body instanceof HttpResult)) return super.reply(response, body, statusCode);
    return (response as FastifyReply).code(body.status).headers(body.headers).send(body.body);
  }
}
