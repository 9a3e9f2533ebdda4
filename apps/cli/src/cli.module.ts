import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from '#config';
import { shopModules } from '../../shop.js';

/** The shop's modules for a command that runs and ends. */
@Module({})
export class CliModule {
  static forRoot(config: Config): DynamicModule {
    return { module: CliModule, imports: shopModules(config, 'cli') };
  }
}
