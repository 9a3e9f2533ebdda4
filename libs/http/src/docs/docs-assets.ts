import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpAdapter } from '../app/http-adapter.js';

const require = createRequire(import.meta.url);

const TYPE_BY_FILE = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};
const DAY_SECONDS = 86_400;

/** Three files of Swagger UI from the installed package, so that the page needs nothing from elsewhere. */
@Injectable()
export class DocsAssets implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost<HttpAdapter>) {}

  /** Read once: all answers share the same bytes. */
  async onModuleInit(): Promise<void> {
    const installed = path.dirname(require.resolve('swagger-ui-dist/package.json'));
    for (const [file, type] of Object.entries(TYPE_BY_FILE)) {
      const body = await readFile(path.join(installed, file));
      this.host.httpAdapter.getInstance().get(`/docs/assets/${file}`, async (_request, reply) => {
        return reply.type(type).header('cache-control', `public, max-age=${DAY_SECONDS}`).send(body);
      });
    }
  }
}
