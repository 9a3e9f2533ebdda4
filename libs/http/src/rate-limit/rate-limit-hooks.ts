import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isCallerKnown } from '../caller/caller.js';
import type { RateLimits } from './rate-limits.js';

/** Health, metrics and documents are for operators and are not limited; paths that there are not, are. */
const isLimited = ({ url }: FastifyRequest['routeOptions']): boolean => url === undefined || url.startsWith('/v1/');

/** Asks the limit of the address before a body is read, and counts wrong credentials when the answer is known. */
export async function addRateLimitHooks(instance: FastifyInstance, limits: RateLimits): Promise<void> {
  if (!limits.isOn) return;
  // After the plugins registered before it, so that a browser of another origin may read the 429.
  await instance.register(
    inTheSameScope((scope: FastifyInstance) => {
      scope.addHook('onRequest', async (request, reply) => {
        if (isLimited(request.routeOptions)) await limits.admitAddress(request, reply);
      });
      // Before the answer leaves, so that who asks again has been counted.
      scope.addHook('onSend', async (request) => {
        if (isWrongCredential(request)) await limits.countWrongCredentials(request);
      });
      return Promise.resolve();
    }),
  );
}

/** What the package fastify-plugin does: the hooks are those of all routes. */
const inTheSameScope = <Plugin extends object>(plugin: Plugin): Plugin =>
  Object.assign(plugin, { [Symbol.for('skip-override')]: true });

function isWrongCredential(request: FastifyRequest): boolean {
  const { problemCode, headers } = request;
  if (problemCode === 'unauthenticated') return headers.authorization !== undefined && !isCallerKnown(request);
  return (problemCode === 'cart_not_found' || problemCode === 'order_not_found') && headers['cart-token'] !== undefined;
}
