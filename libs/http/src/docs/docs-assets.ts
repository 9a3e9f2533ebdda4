import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpAdapter } from '../app/http-adapter.js';

const FILES = new Set(['/swagger-ui.css', '/swagger-ui-bundle.js', '/favicon-32x32.png']);
const DAY_SECONDS = 86_400;

/** Swagger UI from the installed package, so that the page needs nothing from elsewhere. */
@Injectable()
export class DocsAssets implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost<HttpAdapter>) {}

  onModuleInit(): void {
    const installed = createRequire(import.meta.url).resolve('swagger-ui-dist/package.json');
    // Not awaited: that would start Fastify's boot, which fixes the error handler before Nest has set it.
    void this.host.httpAdapter.getInstance().register(fastifyStatic, {
      root: path.dirname(installed),
      prefix: '/docs/assets/',
      allowedPath: (file) => FILES.has(file),
      index: false,
      decorateReply: false,
      cacheControl: false,
      setHeaders: (reply) => void reply.header('cache-control', `public, max-age=${DAY_SECONDS}`),
    });
  }
}
