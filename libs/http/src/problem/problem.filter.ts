import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseBusy, DatabaseUnavailable, databaseFailure } from '#database';
import { DomainError } from '#kernel';
import { RouteTable } from '../app/route-table.js';
import { InternalError, MethodNotAllowed, BadRequest, RouteNotFound } from '../http.errors.js';
import { codeForFastifyError } from './fastify-errors.js';
import { instanceOf } from './instance.js';
import { refusal } from './problem.js';

/** Turns whatever was thrown into a problem document. What is not meant for clients is logged and answered as `internal_error`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  constructor(private readonly routes: RouteTable) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = this.meaning(thrown, request);
    const { status, headers, body } = refusal(error, instanceOf(request.url));
    if (status >= 500) this.report(error);
    request.problemCode = body.code;
    if (!reply.sent) reply.code(status).headers(headers).send(JSON.stringify(body));
  }

  /** What a caller may learn. */
  private meaning(thrown: unknown, request: FastifyRequest): DomainError {
    if (thrown instanceof DomainError) return thrown.kind === 'internal' ? new InternalError(thrown) : thrown;
    if (thrown instanceof HttpException && thrown.getStatus() < 500) return this.frameworkRefusal(thrown, request);
    if (request.raw.destroyed && !request.raw.complete) {
      return new BadRequest('bad_request', 'The connection ended before the request was complete.');
    }
    const failure = databaseFailure(thrown);
    if (failure === undefined) return new InternalError(thrown);
    return failure === 'busy' ? new DatabaseBusy(thrown) : new DatabaseUnavailable(thrown);
  }

  private frameworkRefusal(thrown: HttpException, request: FastifyRequest): DomainError {
    if (thrown.getStatus() === 404) {
      const allowed = this.routes.methodsAt(pathOf(request));
      return allowed.length === 0 ? new RouteNotFound() : new MethodNotAllowed(allowed);
    }
    const cause = thrown.cause as { code?: string } | undefined;
    const { code, detail } = codeForFastifyError({ code: cause?.code ?? '', statusCode: thrown.getStatus() });
    return new BadRequest(code, detail);
  }

  private report(error: DomainError): void {
    if (error instanceof InternalError) this.logger.error({ msg: 'request failed', err: error.cause });
    else this.logger.warn({ msg: 'request answered with a failure', code: error.code, err: error.cause ?? error });
  }
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? request.url;
