import { InvalidSetting } from '#config';
import { DatabaseUnavailable, SchemaOutdated } from '#database';
import { DomainError } from '#kernel';

/** As Node reports what the operating system refused. */
interface SystemError {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

/** What a person can do about a process that did not start, in one line; undefined when the program itself is to blame. */
export function startAdvice(error: unknown): string | undefined {
  if (error instanceof InvalidSetting || error instanceof SchemaOutdated) return error.message;
  if (error instanceof DatabaseUnavailable && error.cause instanceof Error) return error.cause.message;
  if (error instanceof DomainError) return error.message;
  return listenAdvice(error ?? {});
}

function listenAdvice({ code, address, port }: SystemError): string | undefined {
  const place = `${address}:${port}`;
  switch (code ?? '') {
    case 'EADDRINUSE':
      return `${place} is in use. End what listens there, or set PORT (api) or WORKER_PORT (worker) to a free port.`;
    case 'EACCES':
      return `This user may not listen on ${place}. Set PORT (api) or WORKER_PORT (worker) to 1024 or more.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST names no address of this machine${address === undefined ? '' : ` (${address})`}. Set one of its own, or 0.0.0.0 for all.`;
    default:
      return undefined;
  }
}
