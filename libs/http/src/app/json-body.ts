import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MalformedJson, UnsupportedMediaType } from '../http.errors.js';
import { refuseHostileJson } from './json-scan.js';
import { keepRawBody } from './raw-body.js';

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;
const UTF_8 = /^utf-?8$/i;

/** JSON in UTF-8 is the only body that there is. Where a route asks for them, the bytes stay with the request, for signatures over them. */
export function acceptJsonOnly(instance: FastifyInstance): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      keepRawBody(request, body);
      done(null, parse(body, request));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parse(body: Buffer, { headers }: FastifyRequest): unknown {
  const encoding = headers['content-encoding'] ?? 'identity';
  const charset = CHARSET.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (encoding !== 'identity' || !UTF_8.test(charset)) throw new UnsupportedMediaType();
  if (body.length === 0) return undefined;
  if (!isUtf8(body)) throw new MalformedJson();
  const text = body.toString('utf8');
  refuseHostileJson(text);
  return parseText(text);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new MalformedJson(); // V8's message quotes the body; the client knows what it sent.
  }
}
