import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { CommandsModule, IdempotencyPurge } from '#commands';
import type { ModuleSchema } from '#database';
import type { ProblemType } from '#kernel';
import { RouteTable } from './app/route-table.js';
import { ApiKeys } from './caller/api-keys.js';
import { Credentials } from './caller/credentials.js';
import { CustomerTokens } from './caller/customer-tokens.js';
import { Commands } from './commands/commands.js';
import { Scopes } from './caller/scopes.js';
import { DocsAssets } from './docs/docs-assets.js';
import { DocsController } from './docs/docs.controller.js';
import { ProblemsController } from './docs/problems.controller.js';
import { ApiKeys1764000070002 } from './migrations/1764000070002-api-keys.js';
import { RateBuckets1764000070003 } from './migrations/1764000070003-rate-buckets.js';
import { JOURNEY, OpenApiDocument } from './openapi/document.js';
import { OperationCatalog } from './openapi/operation-catalog.js';
import { OperationGuard } from './operation/operation.guard.js';
import { DatabaseHealth } from './probes/database-health.js';
import { ProbesController } from './probes/probes.controller.js';
import { ProblemCatalog } from './problem/problem-catalog.js';
import { ProblemFilter } from './problem/problem.filter.js';
import { RateBucketPurge } from './rate-limit/rate-bucket-purge.js';
import { RateBuckets } from './rate-limit/rate-buckets.js';
import { RateLimits } from './rate-limit/rate-limits.js';
import { EventStreams } from './stream/event-streams.js';
import { RequestValidation } from './validation/request-validation.js';

/** What the program's modules declare of their own. */
export interface HttpContract {
  readonly problems: readonly ProblemType[];
  readonly scopes: readonly string[];
  /** Tags of the storefront, in the order in which a buyer meets them. */
  readonly journey: readonly string[];
}

@Module({})
class HttpSettings {}

/** What the modules' controllers stand on. */
@Module({
  imports: [CommandsModule],
  providers: [Commands, ApiKeys, EventStreams],
  exports: [Commands, ApiKeys, EventStreams],
})
export class HttpModule {
  static readonly schema: ModuleSchema = {
    entities: [],
    migrations: [ApiKeys1764000070002, RateBuckets1764000070003],
  };

  /** What a program states once, in its root. Controllers that change something import `HttpModule`. */
  static forRoot({ problems, scopes, journey }: HttpContract): DynamicModule {
    return {
      module: HttpSettings,
      global: true,
      providers: [
        { provide: ProblemCatalog, useValue: new ProblemCatalog(problems) },
        { provide: Scopes, useValue: new Scopes(scopes) },
        { provide: JOURNEY, useValue: journey },
      ],
      exports: [ProblemCatalog, Scopes, JOURNEY],
    };
  }
}

/** The checks that every request passes, whichever module its route is of; and the probes. */
@Module({
  imports: [DiscoveryModule, HttpModule],
  controllers: [ProbesController],
  providers: [
    { provide: APP_GUARD, useClass: OperationGuard },
    { provide: APP_PIPE, useValue: new RequestValidation() },
    { provide: APP_FILTER, useClass: ProblemFilter },
    RouteTable,
    Credentials,
    CustomerTokens,
    OperationCatalog,
    DatabaseHealth,
    RateBuckets,
    RateLimits,
  ],
  exports: [OperationCatalog],
})
class HttpServer {}

/** A server that also shows its routes to developers. */
@Module({
  imports: [HttpServer],
  controllers: [DocsController, ProblemsController],
  providers: [OpenApiDocument, DocsAssets],
})
export class HttpApi {}

/** A server for probes alone, and the timers that remove what requests have left behind. */
@Module({ imports: [HttpServer], providers: [IdempotencyPurge, RateBucketPurge] })
export class HttpWorker {}
