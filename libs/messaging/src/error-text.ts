import { inspect } from 'node:util';

/** One line about an error. Some system errors carry nothing but a code. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return asText(error);
  return asText(error.message || (error as NodeJS.ErrnoException).code || error.name);
}

/** Works for every thrown value: one without a `toString`, or an error whose message is an object. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : inspect(value));

/** An error as failed messages carry it: its code or class, its message and its stack. */
export function describeError(error: unknown): { name: string; text: string; stack: string } {
  if (!(error instanceof Error)) return { name: typeof error, text: asText(error), stack: '' };
  const code = (error as { code?: unknown }).code;
  return {
    name: asText(typeof code === 'string' ? code : error.name),
    text: asText(error.message),
    stack: asText(error.stack ?? ''),
  };
}
