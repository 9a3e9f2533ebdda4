export const SCOPES = [
  'orders:read',
  'orders:write',
  'stock:read',
  'stock:write',
  'payments:write',
  'catalog:write',
  'ops:read',
  'ops:write',
] as const;

/** What an API key may do. */
export type Scope = (typeof SCOPES)[number];
