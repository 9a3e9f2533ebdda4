import { parseArgs } from 'node:util';
import { ProviderSilent, ReconcileLedgers, type LedgerDifference } from '#payment';
import { CommandFailed, UsageError, type Command } from '../command.js';
import { oneLine } from '../terminal-text.js';
import { withShop } from '../with-shop.js';

/** A long period may hold many refunds. */
const PATIENT = { overrides: { DATABASE_STATEMENT_TIMEOUT_MS: '60000' } };
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/;

interface Request {
  readonly from: Date;
  readonly to: Date;
  readonly repair: boolean;
  readonly json: boolean;
}

interface Summary {
  readonly provider: string;
  readonly compared: number;
  readonly repaired: number;
  /** Number of differences that are left. */
  readonly left: number;
}

export const payments: Command = {
  name: 'payments',
  usage: ['payments reconcile --from <time> --to <time> [--repair] [--json]'],
  summary:
    'Compare the payments begun from --from on and before --to (2026-03-01, in UTC, or 2026-03-01T12:00:00Z) with the ledgers of all ' +
    'payment providers. Exit code 1 when differences are left. --repair records what a provider is sure of; --json prints a JSON object a line.',
  async run([action, ...args]) {
    if (action !== 'reconcile') throw new UsageError('payments takes: reconcile');
    const request = requestOf(args);
    const summaries = await withShop((shop) => reconcileAll(shop.get(ReconcileLedgers), request), PATIENT);
    for (const summary of summaries) console.log(request.json ? JSON.stringify(summary) : lineOf(summary));
    const left = summaries.reduce((sum, summary) => sum + summary.left, 0);
    if (left > 0) throw new CommandFailed(advice(left, request.repair));
  },
};

async function reconcileAll(ledgers: ReconcileLedgers, request: Request): Promise<Summary[]> {
  const summaries: Summary[] = [];
  try {
    for (const provider of ledgers.providers) summaries.push(await reconcile(ledgers, provider, request));
  } catch (error) {
    if (error instanceof ProviderSilent) throw new CommandFailed(`${error.message} Run the command again later.`);
    throw error;
  }
  return summaries;
}

async function reconcile(ledgers: ReconcileLedgers, provider: string, request: Request): Promise<Summary> {
  const { to, repair, json } = request;
  let [compared, repaired, left, read] = [0, 0, 0, 0];
  const onDifference = (difference: LedgerDifference): void => {
    left += 1;
    console.log(json ? JSON.stringify(difference) : differenceLine(difference));
  };
  const onPage = (count: number): void => {
    read += count;
    console.error(`${provider}: ${read} payments read from its ledger`);
  };
  for (let { from } = request; from < to;) {
    const part = await ledgers.run(provider, { from, to }, { repair, onDifference, onPage });
    compared += part.compared;
    repaired += part.repaired;
    from = part.until;
    console.error(`${provider}: compared up to ${from.toISOString()}`);
  }
  return { provider, compared, repaired, left };
}

function differenceLine({ kind, provider, paymentId, reference, here, there }: LedgerDifference): string {
  const sides = [`here: ${here ?? 'none'}`, `there: ${there ?? 'none'}`];
  return oneLine([kind, provider, paymentId, reference ?? '-', ...sides].join('  '));
}

function lineOf({ provider, compared, repaired, left }: Summary): string {
  const counts = `${provider}: ${compared} attempts compared, ${repaired} repaired`;
  return left === 0 ? `${counts}. The ledgers agree.` : `${counts}, ${left} differences left.`;
}

function advice(left: number, repair: boolean): string {
  if (repair) return `${left} differences are left. Look at each of them at the provider.`;
  return `${left} differences are left. --repair records what the provider is sure of.`;
}

function requestOf(args: readonly string[]): Request {
  const { from, to, repair = false, json = false } = parsed(args);
  const request = { from: timeOf('from', from), to: timeOf('to', to), repair, json };
  if (request.from >= request.to) throw new UsageError('--from must be before --to');
  return request;
}

function timeOf(name: string, text = ''): Date {
  const time = new Date(text);
  if (TIME.test(text) && time.getTime() >= 0) return time;
  throw new UsageError(`payments reconcile needs --${name} with a time such as 2026-03-01 or 2026-03-01T12:00:00Z`);
}

function parsed(args: readonly string[]) {
  try {
    const options = {
      from: { type: 'string' },
      to: { type: 'string' },
      repair: { type: 'boolean' },
      json: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
