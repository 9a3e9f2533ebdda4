import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { Invariants } from '#database';
import { HttpResult, Operation } from '#http';

const InvariantReportView = z
  .object({
    ok: z.boolean(),
    checkedAt: z.iso.datetime(),
    checks: z.array(
      z.object({
        name: z.string().meta({ example: 'inventory_reserved_is_sum_of_live_reservations' }),
        description: z.string(),
        violations: z.int().min(0),
        sample: z.array(z.unknown()).meta({ description: 'The first few rows that say what is wrong.' }),
      }),
    ),
  })
  .meta({ id: 'InvariantReport' });

@Controller('v1/admin/invariants')
export class InvariantsController {
  constructor(private readonly invariants: Invariants) {}

  @Get()
  @Operation({
    id: 'checkInvariants',
    summary: 'Ask whether the invariants of the data hold',
    description:
      'Each is a query that returns no rows while all is well. Anything else is worth waking somebody up for.',
    responses: { 200: InvariantReportView },
    scope: 'ops:read',
  })
  async read(): Promise<HttpResult> {
    const { checkedAt, ...report } = await this.invariants.check();
    return HttpResult.ok({ ...report, checkedAt: checkedAt.toISOString() });
  }
}
