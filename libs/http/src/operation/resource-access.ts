import type { Caller } from '../caller/caller.js';

/** The parts of a request that name what it is about, before they are validated. */
export interface AccessRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/**
 * Decides, before anything is locked or stored for a request, whether the caller may know what the request is about. Given to an
 * `@Operation()`; made by Nest. What the check reads may change before the work begins, so the work checks again under its own row lock.
 */
export abstract class ResourceAccess {
  /** @throws the module's `…_not_found`, for what does not exist and for what these credentials do not open */
  abstract assertOpen(request: AccessRequest, caller: Caller): Promise<void>;
}
