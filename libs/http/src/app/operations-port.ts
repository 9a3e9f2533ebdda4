import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { RouteNotFound } from '../http.errors.js';
import { refuseOddRequests } from './connections.js';
import { refuseBrokenConnection } from './framework-errors.js';
import { IDLE_TIMEOUT_MS, SERVER_OPTIONS } from './limits.js';

/** Health, metrics and the documents of the API. The pages that problems link to stay with the API. */
const OPERATIONS = /^\/(?:health|metrics|docs|openapi\.json|asyncapi\.json)(?:[/?]|$)/;

/**
 * Serves the operations routes on a port of their own, which need not be reachable from outside. Each of the two ports then answers 404
 * for the routes of the other.
 *
 * @returns listening, on the host that is given
 */
export async function openOperationsPort(
  instance: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createServer(SERVER_OPTIONS, (request, response) => instance.routing(request, response));
  server.setTimeout(IDLE_TIMEOUT_MS);
  server.on('clientError', refuseBrokenConnection);
  refuseOddRequests(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return server;
}

/**
 * Tells the ports apart by the port of the connection and the route that the router found. The raw target would not do: the router also
 * finds a route by an escaped letter (`/%6detrics`) or by an absolute address.
 *
 * @param port of the operations routes
 */
export function separateOperations(instance: FastifyInstance, port: number): void {
  instance.addHook('onRequest', ({ raw, routeOptions }, _reply, done) => {
    const isOfOperations = OPERATIONS.test(routeOptions.url ?? '');
    const cameToOperations = raw.socket.localPort === port;
    done(isOfOperations === cameToOperations ? undefined : new RouteNotFound());
  });
}
