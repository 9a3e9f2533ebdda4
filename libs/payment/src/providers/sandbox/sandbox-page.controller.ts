import { createHash } from 'node:crypto';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Transactions } from '#database';
import { HttpResult } from '#http';
import { Money, minorUnitDigits } from '#kernel';
import { PaymentNotFound } from '../../domain/payment.errors.js';
import { SandboxLedger, type Charge } from './sandbox-ledger.js';
import { SettleSandbox } from './settle-sandbox.js';

const DecisionBody = z.strictObject({ decision: z.enum(['approve', 'decline']) });

const SCRIPT = `document.querySelectorAll('button').forEach((button) => button.addEventListener('click', async () => {
  const response = await fetch(location.pathname + '/decision', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ decision: button.value }) });
  const { returnUrl } = await response.json();
  if (returnUrl) location.assign(returnUrl); else location.reload();
}));`;

const STYLE =
  'body{font:16px/1.6 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit;margin-right:1rem}';

const sourceHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const POLICY = `default-src 'none'; script-src ${sourceHash(SCRIPT)}; style-src ${sourceHash(STYLE)}; connect-src 'self'; img-src data:; frame-ancestors 'none'`;

/** The page of the sandbox on which a buyer approves a payment, in the place of a bank's. */
@Controller('sandbox/payments')
export class SandboxPageController {
  constructor(
    private readonly transactions: Transactions,
    private readonly ledger: SandboxLedger,
    private readonly settle: SettleSandbox,
  ) {}

  @Get(':reference')
  async page(@Param('reference') reference: string): Promise<HttpResult> {
    const charge = await this.transactions.read((db) => this.ledger.byReference(db, reference));
    if (charge === undefined) throw new PaymentNotFound();
    return HttpResult.of(200, pageOf(charge), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
    });
  }

  @Post(':reference/decision')
  async decide(
    @Param('reference') reference: string,
    @Body({ schema: DecisionBody }) { decision }: z.infer<typeof DecisionBody>,
  ): Promise<HttpResult> {
    const charge = await this.transactions.run((tx) => this.settle.decide(tx, reference, decision));
    if (charge === undefined) throw new PaymentNotFound();
    return HttpResult.ok({ status: charge.status, returnUrl: charge.returnUrl });
  }
}

function pageOf({ amount, currency, status }: Charge): string {
  const sum = `${(Money.of(amount, currency).amount / 10 ** minorUnitDigits(currency)).toFixed(minorUnitDigits(currency))} ${currency}`;
  const action =
    status === 'requires_action'
      ? '<p><button value="approve">Approve</button><button value="decline">Decline</button></p>'
      : `<p>This payment is <code>${status}</code>. There is nothing to do here.</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sandbox payment</title><link rel="icon" href="data:,"><style>${STYLE}</style></head>
<body><h1>Pay ${sum}</h1><p>This is the test provider. No money moves.</p>${action}<script>${SCRIPT}</script></body></html>`;
}
