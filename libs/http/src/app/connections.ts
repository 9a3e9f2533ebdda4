import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BadRequest } from '../http.errors.js';
import { rawProblem } from './raw-problem.js';
import { HEADERS_MAX_COUNT, REQUESTS_IN_FLIGHT_MAX } from './limits.js';

interface Connection {
  /** Requests that have come and are not answered yet. */
  inFlight: number;
  /** Requests that wait until the one before them is answered and its answer taken. */
  readonly waiting: (() => void)[];
  /** The last request that has come. Its body may be on its way. */
  last: IncomingMessage;
  /** Runs when all complete requests are answered. */
  whenAnswered?: () => void;
}

const connections = new WeakMap<Duplex, Connection>();

/** What HTTP allows and this API does not take is answered like everything else, instead of by Node's bare lines. */
export function refuseOddRequests(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const detail = 'Send no Expect header, or Expect: 100-continue.';
    endWith(response, rawProblem('expectation_failed', detail, request.url));
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    // No method is allowed at the address of another server.
    socket.end(rawProblem('method_not_allowed', 'This is no proxy.', request.url, { allow: '' }).text);
  });
}

/**
 * One request of a connection is worked on at a time, so that a client that sends and does not read keeps one answer waiting in memory.
 * One that sends too many is disconnected.
 */
export function watchConnections(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const connection = connections.get(socket) ?? { inFlight: 0, waiting: [], last: request.raw };
    connections.set(socket, connection);
    connection.inFlight += 1;
    connection.last = request.raw;
    reply.raw.once('close', () => answered(connection, socket));
    if (connection.inFlight > REQUESTS_IN_FLIGHT_MAX) {
      socket.destroy();
      return;
    }
    const begin = () => done(refusalOf(request));
    if (connection.inFlight === 1) begin();
    else connection.waiting.push(begin);
  });
}

/** Disconnects a client that has not taken an answer so long after it was ready. The idle limit alone does not see one that reads a little now and then. */
export function endSlowReaders(instance: FastifyInstance, limitMs: number): void {
  instance.addHook('onSend', (_request, { raw }, _payload, done) => {
    const timer = setTimeout(() => raw.destroy(), limitMs).unref();
    raw.once('close', () => clearTimeout(timer));
    done();
  });
}

/** Runs when the requests that have come before on this connection are answered: answers must keep their order. */
export function afterAnswers(socket: Duplex, work: () => void): void {
  const connection = connections.get(socket);
  if (connection === undefined || isIdle(connection)) work();
  else connection.whenAnswered = work;
}

function answered(connection: Connection, socket: Duplex): void {
  connection.inFlight -= 1;
  // Nobody waits for what has come on a connection that is gone.
  if (socket.destroyed) return;
  connection.waiting.shift()?.();
  if (!isIdle(connection)) return;
  const work = connection.whenAnswered;
  delete connection.whenAnswered;
  work?.();
}

/** A request whose body cannot be read to its end is never answered by its handler. */
const isIdle = ({ inFlight, last }: Connection): boolean => inFlight === (last.complete ? 0 : 1);

function refusalOf({ raw }: FastifyRequest): BadRequest | undefined {
  const { headers, rawHeaders, httpVersion } = raw;
  if (rawHeaders.length / 2 > HEADERS_MAX_COUNT)
    return new BadRequest('headers_too_large', `A request may have ${HEADERS_MAX_COUNT} headers.`);
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1'))
    return new BadRequest('bad_request', 'Send the header Host once.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return new BadRequest('not_implemented', 'Of transfer encodings this server takes chunked alone.');
  return undefined;
}

function endWith(response: ServerResponse, { status, headers, body }: ReturnType<typeof rawProblem>): void {
  response.writeHead(status, headers).end(body);
}
