import { applyDecorators, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import type { EventDefinition } from '../event.js';
import { ErrorsUntouched } from './errors-untouched.filter.js';

/**
 * Makes a controller's method the handler of an event in one of its queues:
 * `handle(@Payload() event: ReceivedEvent<typeof E>, @Ctx() context: ConsumeContext): Promise<void>`.
 * The runner owns transaction, inbox, retry and dead letter; the method only delegates.
 */
export function Consumes<E extends EventDefinition>(event: E, queue: E['queues'][number]): MethodDecorator {
  return applyDecorators(EventPattern<string>(event.type, { queue }), UseFilters(ErrorsUntouched));
}
