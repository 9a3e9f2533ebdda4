import { Controller, Get } from '@nestjs/common';
import { HealthChecks, Metrics } from '#observability';
import { HttpResult } from '../operation/http-result.js';
import { httpProblems } from '../problem/http-problems.js';
import { PROBLEM_JSON, problem } from '../problem/problem.js';

/** For the machines that watch this process. Not routed to the public. */
@Controller()
export class ProbesController {
  private rendering: Promise<string> | undefined;

  constructor(
    private readonly health: HealthChecks,
    private readonly metrics: Metrics,
  ) {}

  /** The process runs. Says nothing of its dependencies: restarting it would not mend them. */
  @Get('health/live')
  live(): HttpResult {
    return HttpResult.ok({ status: 'live' });
  }

  /** Whether requests should come here. The failing dependencies are named. */
  @Get('health/ready')
  async ready(): Promise<HttpResult> {
    const { ready, checks } = await this.health.report();
    if (ready) return HttpResult.ok({ status: 'ready', checks });
    const failing = checks.filter((check) => !check.ok && check.critical).map((check) => check.name);
    const detail = failing.length > 0 ? `No answer from: ${failing.join(', ')}.` : 'This process is stopping.';
    const body = problem({
      type: httpProblems.not_ready,
      detail,
      instance: '/health/ready',
      members: { failing, checks },
    });
    return HttpResult.of(body.status, body, { 'content-type': PROBLEM_JSON, 'retry-after': '1' });
  }

  /** Scrapes at the same time share one rendering: it takes the event loop for a while. */
  @Get('metrics')
  async scrape(): Promise<HttpResult> {
    this.rendering ??= this.metrics.render().finally(() => (this.rendering = undefined));
    return HttpResult.of(200, await this.rendering, { 'content-type': this.metrics.contentType });
  }
}
