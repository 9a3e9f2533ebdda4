import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { newTrace, runInTrace } from '#observability';
import { instanceOf } from '../problem/instance.js';
import { PROBLEM_JSON, problem } from '../problem/problem.js';
import { codeForFastifyError } from '../problem/fastify-errors.js';
import { httpProblems, type HttpProblemCode } from '../problem/http-problems.js';
import { afterAnswers } from './connections.js';
import { DEFAULT_HEADERS } from './default-headers.js';
import { rawProblem } from './raw-problem.js';

/** Fastify could not even route it: the path is not valid percent-encoding, or a part of it is too long. */
export function refuseUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { code, detail } = codeForFastifyError(error);
  const body = runInTrace(newTrace(), () =>
    problem({ type: httpProblems[code], detail, instance: instanceOf(request.url) }),
  );
  reply.code(body.status).headers({ ...DEFAULT_HEADERS, 'content-type': PROBLEM_JSON });
  reply.send(JSON.stringify(body));
}

const DETAILS: Readonly<Record<string, readonly [HttpProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'Path and headers may have 16 KiB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'Send the whole request within 30 seconds, its headers within 10.'],
};

/** Node could not parse it as HTTP, or it came too slowly: there is no request object yet, so the answer is written by hand. */
export function refuseBrokenConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  afterAnswers(socket, () => {
    const [code, detail] = DETAILS[error.code ?? ''] ?? ['bad_request', 'This is not a well-formed HTTP/1.1 request.'];
    if (socket.writable) socket.end(rawProblem(code, detail).text);
    socket.destroySoon();
  });
}
