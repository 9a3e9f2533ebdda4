import { Module, type DynamicModule } from '@nestjs/common';
import type { Persistence } from '#database';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { IdempotentRequests } from './idempotency/idempotent-requests.js';
import { ApiKeys1764000070002 } from './migrations/1764000070002-api-keys.js';
import { IdempotencyKeys1764000070001 } from './migrations/1764000070001-idempotency-keys.js';

@Module({})
export class HttpModule {
  static readonly persistence: Persistence = {
    entities: [],
    migrations: [IdempotencyKeys1764000070001, ApiKeys1764000070002],
  };

  static forRoot(): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      providers: [IdempotencyStore, IdempotentRequests],
      exports: [IdempotencyStore, IdempotentRequests],
    };
  }
}
