import { Controller, Get } from '@nestjs/common';
import { HttpResult } from '../operation/http-result.js';
import { OpenApiDocument } from '../openapi/document.js';

const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Holdfast API</title><link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="docs"></div><script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});`;

/** Scripts come from files of this server. Styles may stand inline, since Swagger UI sets some; data: is for its icons. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The contract: for programs, and as a page to read and try it. */
@Controller()
export class DocsController {
  constructor(private readonly document: OpenApiDocument) {}

  @Get('openapi.json')
  openApi(): HttpResult {
    return HttpResult.of(200, this.document.render(), { 'content-type': 'application/json; charset=utf-8' });
  }

  @Get('docs')
  page(): HttpResult {
    return HttpResult.of(200, PAGE, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY });
  }

  @Get('docs/start.js')
  start(): HttpResult {
    return HttpResult.of(200, START, { 'content-type': 'text/javascript; charset=utf-8' });
  }
}
