import 'reflect-metadata';
import { serve } from '../../serve.js';
import { ApiModule } from './api.module.js';

await serve({
  name: 'holdfast-api',
  module: (config) => ApiModule.forRoot(config),
  port: (config) => config.PORT,
  operationsPort: (config) => config.OPS_PORT,
});
