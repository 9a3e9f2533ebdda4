import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { watchAnswer } from './contract/answers.js';

/** Paths that are answered with events without an end. */
export const STREAM = /\/stream(?:\?|$)/;

/**
 * Asks for a stream and goes away as soon as it begins; a refusal is read. Not by `fetch`: after a body that was not read to its end it opens
 * another connection, for nothing, and a server that stops waits for it.
 */
export async function streamHead(origin: string, target: string, headers: Readonly<Record<string, string>>) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(origin + target, { agent: false, headers })
      .on('response', resolve)
      .on('error', reject)
      .end();
  });
  const status = response.statusCode ?? 0;
  const body = status === 200 ? '' : await text(response);
  response.on('error', () => undefined).destroy();
  const received = new Headers(Object.entries(response.headersDistinct).map(([name, all]) => [name, all!.join(', ')]));
  await watchAnswer(origin, { method: 'GET', target, status, headers: received, body });
  return { status, headers: received, body };
}
