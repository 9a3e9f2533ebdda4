import { Injectable } from '@nestjs/common';
import { CommandRunner, type Command, type ExternalCommand, type IdempotencyKey, type StoredResult } from '#commands';
import type { DomainError } from '#kernel';
import { HttpResult } from '../operation/http-result.js';
import { refusal } from '../problem/problem.js';

interface HttpCommandOptions<Result> {
  /** From the header Idempotency-Key. */
  readonly key?: IdempotencyKey | undefined;
  /** The answer to a result. */
  readonly respond: (result: Result) => HttpResult;
}

/** How every POST, PUT and DELETE runs its use case: with what `CommandRunner` promises, and answers of HTTP. */
@Injectable()
export class Commands {
  constructor(private readonly runner: CommandRunner) {}

  /** @throws the refusals of the command and of its key, and the errors of its locks */
  async run<Request, Opened, Called, Result>(
    command: Command<Request, Result> | ExternalCommand<Request, Opened, Called, Result>,
    request: Request,
    { key, respond }: HttpCommandOptions<Result>,
  ): Promise<HttpResult> {
    const { result, replayed } = await this.runner.run(command, request, {
      key,
      respond,
      refuse: (error) => (key === undefined ? undefined : finalRefusal(error, key)),
    });
    const answer = HttpResult.of(result.status, result.body, result.headers);
    return replayed ? answer.with({ 'idempotent-replayed': 'true' }) : answer;
  }
}

/**
 * The problem document of a refusal that is final. Undefined for failures, and for what passes by itself: stored, it would be the answer to
 * every repetition that it asks for.
 */
function finalRefusal(error: DomainError, { route }: IdempotencyKey): StoredResult | undefined {
  const answer = refusal(error, route.slice(route.indexOf(' ') + 1));
  return answer.status >= 500 || 'retry-after' in answer.headers ? undefined : answer;
}
