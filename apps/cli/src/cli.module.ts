import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#config';
import { HttpModule } from '#http';
import { MessagingModule } from '#messaging';
import { foundation } from '../../shop.js';
import { catalog } from '../../wiring.js';

/** What the commands ask for: API keys, dead letters, and the products of the demonstration. */
@Module({ imports: [HttpModule, MessagingModule, catalog] })
export class CliModule {
  static forRoot(config: Config): DynamicModule {
    return { module: CliModule, imports: foundation(config, 'holdfast-cli') };
  }
}
