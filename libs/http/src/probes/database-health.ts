import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Transactions } from '#database';
import { HealthChecks } from '#observability';

/** Without PostgreSQL a process can do nothing. */
@Injectable()
export class DatabaseHealth implements OnModuleInit {
  constructor(
    private readonly checks: HealthChecks,
    private readonly transactions: Transactions,
  ) {}

  onModuleInit(): void {
    this.checks.register({
      name: 'postgresql',
      critical: true,
      check: () => this.transactions.ping(),
    });
  }
}
