import type { Reply } from './api-client.js';

/** What a refusal lets its caller know, without what differs from request to request: two that are equal cannot be distinguished. */
export function disclosed({ status, body }: Reply): { readonly status: number; readonly document: object } {
  return { status, document: { ...body, traceId: 'any', instance: 'any' } };
}
