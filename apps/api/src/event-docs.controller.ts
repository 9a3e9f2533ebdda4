import { Controller, Get } from '@nestjs/common';
import { HttpResult } from '#http';
import { AsyncApiDocument } from '#messaging';

/** Beside /openapi.json, for whoever reads the shop's events. */
@Controller()
export class EventDocsController {
  constructor(private readonly document: AsyncApiDocument) {}

  @Get('asyncapi.json')
  asyncApi(): HttpResult {
    return HttpResult.of(200, this.document.render(), { 'content-type': 'application/json; charset=utf-8' });
  }
}
