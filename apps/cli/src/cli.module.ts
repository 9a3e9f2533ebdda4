import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#config';
import { HttpModule } from '#http';
import { MessagingModule } from '#messaging';
import { foundation } from '../../shop.js';
import { catalog, payment } from '../../wiring.js';

/** What the commands ask for: API keys, dead letters, the products of the demonstration, and the ledgers of payments. */
@Module({ imports: [HttpModule, MessagingModule, catalog, payment] })
export class CliModule {
  static forRoot(config: Config): DynamicModule {
    return { module: CliModule, imports: foundation(config, 'holdfast-cli') };
  }
}
