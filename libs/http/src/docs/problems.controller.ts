import { Controller, Get, Headers, Param } from '@nestjs/common';
import { HttpResult } from '../operation/http-result.js';
import { RouteNotFound } from '../http.errors.js';
import { OperationCatalog } from '../openapi/operation-catalog.js';
import { problemCodesOf } from '../openapi/problem-codes.js';
import { isProblemCode, kindOf, statusByCode, type ProblemCode } from '../problem/status-by-code.js';
import { escaped, htmlPage, stylesheet } from './html-page.js';

const CODES = Object.keys(statusByCode) as ProblemCode[];

/** What the `type` of a problem links to: a page for people, JSON for programs. */
@Controller('problems')
export class ProblemsController {
  constructor(private readonly catalog: OperationCatalog) {}

  @Get()
  list(@Headers('accept') accept: string | undefined): HttpResult {
    if (!wantsPage(accept)) return HttpResult.ok({ data: CODES.map((code) => summary(code)) });
    const rows = CODES.map((code) => {
      const { status, title } = kindOf(code);
      return `<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td class="status">${status}</td><td>${escaped(title)}</td></tr>`;
    });
    return htmlPage('Problems', `<h1>What can go wrong</h1><table>${rows.join('')}</table>`);
  }

  @Get('style.css')
  style(): HttpResult {
    return stylesheet();
  }

  @Get(':code')
  one(@Param('code') code: string, @Headers('accept') accept: string | undefined): HttpResult {
    if (!isProblemCode(code)) throw new RouteNotFound();
    const operations = this.operationsWith(code);
    if (!wantsPage(accept)) return HttpResult.ok({ ...summary(code), operations });
    const { status, title, help, retryAfterSeconds } = kindOf(code);
    return htmlPage(
      title,
      `<p class="status"><a href="/problems">Problems</a> · HTTP ${status}</p><h1>${escaped(title)}</h1><p><code>${code}</code></p>` +
        (help === undefined ? '' : `<p>${escaped(help)}</p>`) +
        (retryAfterSeconds === undefined
          ? ''
          : '<p>Trying again helps: wait as long as <code>Retry-After</code> says.</p>') +
        `<p>Operations that answer so: ${operations.map((each) => `<code>${escaped(each)}</code>`).join(', ') || 'any path'}.</p>`,
    );
  }

  private operationsWith(code: ProblemCode): string[] {
    return this.catalog
      .all()
      .filter((operation) => problemCodesOf(operation).includes(code))
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  }
}

const wantsPage = (accept = ''): boolean => accept.includes('text/html');

function summary(code: ProblemCode) {
  const { status, title, help, retryAfterSeconds } = kindOf(code);
  return { code, status, title, ...(help !== undefined && { help }), retryable: retryAfterSeconds !== undefined };
}
