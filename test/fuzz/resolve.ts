import type { Callers, Credentials } from './callers.js';
import { KnownResources, Pick } from './known-resources.js';
import { RawPart, type Plan } from './plan.js';
import type { WireRequest } from './wire.js';

/** Puts the things that there are now in the place of those that a plan only numbers. */
export function resolve(
  plan: Plan,
  known: KnownResources,
  callers: Callers,
): { sent: WireRequest; credentials: Credentials } {
  const { operation, query } = plan;
  const credentials = credentialsOf(plan, known, callers);
  const parts = Object.entries(plan.path).map(([name, part]) => [name, encoded(ofSameOrder(part, name, plan, known))]);
  const values: Record<string, string> = Object.fromEntries(parts);
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const search = query.map(([name, value]) => `${percent(name)}=${percent(textOf(value, known))}`).join('&');
  const ifMatch = plan.ifMatch === 'current' ? `"${versionOf(plan, known)}"` : plan.ifMatch;
  const headers = { ...credentials, ...plan.headers, ...(ifMatch !== undefined && { 'if-match': ifMatch }) };
  const sent = {
    method: plan.method,
    target: search === '' ? path : `${path}?${search}`,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, sendable(value ?? '')])),
    body: bodyOf(plan, known),
  };
  return { sent, credentials };

  function encoded(part: unknown): string {
    return part instanceof RawPart ? part.text : percent(textOf(part, known));
  }
}

/** A payment is mostly looked for at its own order. */
function ofSameOrder(part: unknown, name: string, { path }: Plan, known: KnownResources): unknown {
  const payment = path['paymentId'];
  if (name !== 'orderId' || !(payment instanceof Pick)) return part;
  return known.pick(payment).orderId ?? part;
}

function credentialsOf(plan: Plan, known: KnownResources, { staff, customers, others }: Callers): Credentials {
  const { caller, operation, path, body } = plan;
  if (caller !== 'right') return others[caller % others.length]!;
  if (operation.path.startsWith('/v1/admin/')) return staff;
  const named = path['cartId'] ?? path['paymentId'] ?? path['orderId'] ?? cartIn(body);
  // Whoever takes over a cart shows its token and is a customer.
  if (operation.path.endsWith('/claim') && named instanceof Pick)
    return { ...known.pick(named).owner, ...customers[0] };
  if (named instanceof Pick) return known.pick(named).owner ?? staff;
  return operation.path === '/v1/carts' && plan.query.length % 2 === 0 ? {} : customers[plan.query.length % 2]!;
}

const cartIn = (body: Plan['body']): unknown =>
  body !== undefined && 'json' in body ? (body.json as { cartId?: unknown } | null | undefined)?.cartId : undefined;

function versionOf({ path, body }: Plan, known: KnownResources): number {
  const named = [...Object.values(path), cartIn(body)].find((part) => part instanceof Pick);
  return named === undefined ? 1 : (known.pick(named).version ?? 1);
}

const textOf = (value: unknown, known: KnownResources): string =>
  value instanceof Pick ? known.pick(value).id : String(value);

/** Half of a surrogate pair has no UTF-8: it goes as the bytes that some encoders make of it. */
const percent = (text: string): string =>
  encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\uffff')).replaceAll('%EF%BF%BF', '%ED%A0%80');

/** What a header can carry. */
const sendable = (value: string): string => value.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?');

function bodyOf({ body }: Plan, known: KnownResources): Buffer | undefined {
  if (body === undefined) return undefined;
  if ('bytes' in body) return body.bytes;
  const text = JSON.stringify(body.json, (_, value) => (value instanceof Pick ? known.pick(value).id : value));
  return text === undefined ? undefined : Buffer.from(text);
}
