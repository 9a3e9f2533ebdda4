import 'reflect-metadata';
import { MessagingTransport } from '#messaging';
import { serve } from '../../serve.js';
import { WorkerModule } from './worker.module.js';

await serve({
  name: 'holdfast-worker',
  module: (config) => WorkerModule.forRoot(config),
  port: (config) => config.WORKER_PORT,
  start: async (app) => {
    app.connectMicroservice({ strategy: app.get(MessagingTransport) }, { inheritAppConfig: false });
    await app.init();
    await app.startAllMicroservices();
  },
});
