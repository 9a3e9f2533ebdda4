import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { newTrace, runInTrace } from '#observability';
import { PROBLEM_JSON, problem, type Problem } from '../problem/problem.js';
import { codeForFastifyError } from '../problem/fastify-errors.js';
import type { ProblemCode } from '../problem/status-by-code.js';
import { DEFAULT_HEADERS } from './default-headers.js';

/** Fastify could not even route it: the path is not valid percent-encoding, or a part of it is too long. */
export function refuseUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const { code, detail } = codeForFastifyError(error);
  const body = runInTrace(newTrace(), () => problem({ code, detail, instance: request.url.split('?', 1)[0] ?? '' }));
  reply.code(body.status).headers({ ...DEFAULT_HEADERS, 'content-type': PROBLEM_JSON });
  reply.send(JSON.stringify(body));
}

const DETAILS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'Path and headers may have 16 KiB together.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'Send the whole request within 30 seconds, its headers within 10.'],
};

/** Node could not parse it as HTTP, or it came too slowly: there is no request object yet, so the answer is written by hand. */
export function refuseBrokenConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && socket.bytesWritten === 0) {
    const [code, detail] = DETAILS[error.code ?? ''] ?? ['bad_request', 'This is not a well-formed HTTP/1.1 request.'];
    socket.write(rawAnswer(runInTrace(newTrace(), () => problem({ code, detail, instance: '' }))));
  }
  socket.destroy(error);
}

function rawAnswer(document: Problem): string {
  const body = JSON.stringify(document);
  const headers = {
    ...DEFAULT_HEADERS,
    'content-type': PROBLEM_JSON,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${document.status} ${document.title}\r\n${lines.join('')}\r\n${body}`;
}
