import { Contract } from './contract.js';
import type { Exchange } from './exchange.js';

/** What the OpenAPI document describes: everything below it. */
const CONTRACT = /^\/v1(?:[/?]|$)/;
/** What is asked first of a process that starts. */
const READY = '/health/ready';
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

const unwatched = globalThis.fetch;
const contracts = new Map<string, Promise<Contract | undefined>>();
const deviations: string[] = [];

/** The `fetch` of Node, whose answers from processes of the shop are compared with the OpenAPI document of the process. */
export const watchedFetch: typeof fetch = async (input, init) => {
  const response = await unwatched(input, init);
  const { origin, hostname, pathname, search } = new URL(response.url);
  const isOfContract = CONTRACT.test(pathname);
  if (!LOOPBACK.has(hostname) || !(isOfContract || pathname === READY)) return response;
  // Learned as early as this: a test may kill the process before it looks at what was answered.
  const contract = await contractOf(origin);
  if (!isOfContract) return response;
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  const { status, headers } = response;
  const body = await response.clone().text();
  compare(contract, { method, target: pathname + search, status, headers, body });
  return response;
};

/** Compares an answer that came another way than by `fetch`. */
export async function watchAnswer(origin: string, exchange: Exchange): Promise<void> {
  if (CONTRACT.test(exchange.target)) compare(await contractOf(origin), exchange);
}

/** Answers since the last call that the document does not describe, with what is wrong about each. */
export const takeDeviations = (): string[] => deviations.splice(0);

function contractOf(origin: string): Promise<Contract | undefined> {
  const known = contracts.get(origin);
  if (known !== undefined) return known;
  const learned = unwatched(`${origin}/openapi.json`).then(async (answer) => {
    const text = await answer.text();
    return answer.ok ? new Contract(JSON.parse(text) as object) : undefined;
  });
  contracts.set(origin, learned);
  return learned;
}

function compare(contract: Contract | undefined, exchange: Exchange): void {
  const said = contract?.deviations(exchange) ?? ['its process has no OpenAPI document'];
  if (said.length === 0) return;
  const { method, target, status, body } = exchange;
  deviations.push(`${method} ${target} → ${status}\n  ${said.join('\n  ')}\n  ${body.slice(0, 1_000)}`);
}
