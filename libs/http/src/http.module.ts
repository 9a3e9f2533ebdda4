import { Module, type DynamicModule } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { CommandsModule, IdempotencyPurge } from '#commands';
import type { ModuleSchema } from '#database';
import type { ProblemType } from '#kernel';
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
import { RateBucketPurge } from './rate-limit/rate-bucket-purge.js';
import { RateBuckets } from './rate-limit/rate-buckets.js';
import { RateLimits } from './rate-limit/rate-limits.js';

/** What the program's modules declare of their own. */
export interface HttpContract {
  readonly problems: readonly ProblemType[];
  readonly scopes: readonly string[];
  /** Tags of the storefront, in the order in which a buyer meets them. */
  readonly journey: readonly string[];
}

type Role = 'api' | 'worker' | 'cli';

const PUBLIC = [Commands, ApiKeys];

const CONTROLLERS = {
  api: [ProbesController, DocsController, ProblemsController],
  worker: [ProbesController],
  cli: [],
};

const SERVING = [
  OperationGuard,
  Credentials,
  CustomerTokens,
  OperationCatalog,
  DatabaseHealth,
  RateBuckets,
  RateLimits,
];

const PROVIDERS = {
  api: [...SERVING, OpenApiDocument, DocsAssets],
  worker: [...SERVING, IdempotencyPurge, RateBucketPurge],
  cli: [],
};

/** The routes that every process or only the API has, and what the modules' controllers stand on. */
@Module({})
export class HttpModule {
  static readonly schema: ModuleSchema = {
    entities: [],
    migrations: [ApiKeys1764000070002, RateBuckets1764000070003],
  };

  static forRoot(role: Role, { problems, scopes, journey }: HttpContract): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      imports: [DiscoveryModule, CommandsModule],
      controllers: CONTROLLERS[role],
      providers: [
        ...PUBLIC,
        ...PROVIDERS[role],
        { provide: ProblemCatalog, useValue: new ProblemCatalog(problems) },
        { provide: Scopes, useValue: new Scopes(scopes) },
        { provide: JOURNEY, useValue: journey },
      ],
      exports: [...PUBLIC, Scopes],
    };
  }
}
