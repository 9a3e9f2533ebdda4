export {
  Command,
  ExternalCommand,
  inTraceOf,
  SingleCommand,
  singleCommand,
  type Closing,
  type Opening,
  type Outcome,
} from './command.js';
export { CommandRunner } from './command-runner.js';
export { CommandsModule } from './commands.module.js';
export type { IdempotencyKey } from './idempotency/idempotency-key.js';
export { IdempotencyPurge } from './idempotency/idempotency-purge.js';
export { IdempotencyKeyReused, RequestInFlight } from './idempotency/idempotency.errors.js';
export type { StoredResult } from './idempotency/stored-result.js';
export { LockDomain, type LockRequest } from './lock-domain.js';
