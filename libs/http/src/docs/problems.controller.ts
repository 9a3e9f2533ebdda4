import { Controller, Get, Headers, Param } from '@nestjs/common';
import type { ProblemType } from '#kernel';
import { HttpResult } from '../operation/http-result.js';
import { RouteNotFound } from '../http.errors.js';
import { OperationCatalog } from '../openapi/operation-catalog.js';
import { problemsOfOperation } from '../openapi/problem-codes.js';
import { ProblemCatalog } from '../problem/problem-catalog.js';
import { statusOf } from '../problem/status.js';
import { escaped, htmlPage, stylesheet } from './html-page.js';

/** What the `type` of a problem links to: a page for people, JSON for programs. */
@Controller('problems')
export class ProblemsController {
  constructor(
    private readonly catalog: OperationCatalog,
    private readonly problems: ProblemCatalog,
  ) {}

  @Get()
  list(@Headers('accept') accept: string | undefined): HttpResult {
    if (!wantsPage(accept)) return HttpResult.ok({ data: this.problems.all().map(summary) });
    const rows = this.problems.all().map((problem) => {
      const { code, title } = problem;
      return `<tr><td><a href="/problems/${code}"><code>${code}</code></a></td><td class="status">${statusOf(problem)}</td><td>${escaped(title)}</td></tr>`;
    });
    return htmlPage('Problems', `<h1>What can go wrong</h1><table>${rows.join('')}</table>`);
  }

  @Get('style.css')
  style(): HttpResult {
    return stylesheet();
  }

  @Get(':code')
  one(@Param('code') code: string, @Headers('accept') accept: string | undefined): HttpResult {
    const problem = this.problems.find(code);
    if (problem === undefined) throw new RouteNotFound();
    const operations = this.operationsWith(code);
    if (!wantsPage(accept)) return HttpResult.ok({ ...summary(problem), operations });
    const { title, help, retryAfterSeconds } = problem;
    return htmlPage(
      title,
      `<p class="status"><a href="/problems">Problems</a> · HTTP ${statusOf(problem)}</p><h1>${escaped(title)}</h1><p><code>${code}</code></p>` +
        (help === undefined ? '' : `<p>${escaped(help)}</p>`) +
        (retryAfterSeconds === undefined
          ? ''
          : '<p>Trying again helps: wait as long as <code>Retry-After</code> says.</p>') +
        `<p>Operations that answer so: ${operations.map((each) => `<code>${escaped(each)}</code>`).join(', ') || 'any path'}.</p>`,
    );
  }

  private operationsWith(code: string): string[] {
    return this.catalog
      .all()
      .filter((operation) => problemsOfOperation(operation, this.problems).some((problem) => problem.code === code))
      .map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  }
}

const wantsPage = (accept = ''): boolean => accept.includes('text/html');

function summary(problem: ProblemType) {
  const { code, title, help, retryAfterSeconds } = problem;
  const retryable = retryAfterSeconds !== undefined;
  return { code, status: statusOf(problem), title, ...(help !== undefined && { help }), retryable };
}
