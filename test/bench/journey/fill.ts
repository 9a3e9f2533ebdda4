import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Pool } from 'pg';
import { copiesOf } from './copies.js';
import { postgresProgram } from './postgres-programs.js';
import { sampleOrder, type SampleOrder } from './sample-order.js';
import { SKUS, skuOf } from './stage.js';

const CHUNK = 1_000;

/** Copies one of the shop's orders so many times, with everything that belongs to it, spread over all SKUs. */
export async function fill(db: Pool, url: string, orders: number): Promise<void> {
  const sample = await sampleOrder(db);
  const psql = await postgresProgram(db, 'psql');
  for (const table of sample.tables) {
    const columns = table.columns.join(', ');
    const command = `COPY ${table.name} (${columns}) FROM STDIN`;
    await copyIn([psql, url], command, chunks(sample, table.lines, orders));
  }
  // Each copy holds the units of its order.
  const held = Array.from({ length: SKUS }, (_, number) => Math.floor((orders + SKUS - 1 - number) / SKUS));
  await db.query(
    `UPDATE inventory.levels AS level SET reserved = reserved + held.units
     FROM unnest($1::text[], $2::int[]) AS held (sku, units) WHERE level.sku = held.sku`,
    [held.map((_, number) => skuOf(number)), held],
  );
  await db.query('VACUUM ANALYZE');
}

function* chunks({ ids, sku }: SampleOrder, lines: readonly string[], orders: number): Generator<string> {
  const copy = copiesOf(lines.map((line) => `${line}\n`).join(''), ids);
  for (let from = 0; from < orders; from += CHUNK) {
    const until = Math.min(orders, from + CHUNK);
    let text = '';
    for (let number = from; number < until; number += 1) text += copy(number).replaceAll(sku, skuOf(number % SKUS));
    yield text;
  }
}

/** Without foreign keys and triggers: rows of one order arrive table by table. */
async function copyIn([psql, url]: readonly [string, string], command: string, texts: Iterable<string>): Promise<void> {
  const env = { ...process.env, PGOPTIONS: '-c session_replication_role=replica -c synchronous_commit=off' };
  const child = spawn(psql, ['--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--command', command, url], {
    env,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdin.on('error', (error) => (said += error.message)); // It ended early; what it said says why.
  const ended = once(child, 'close');
  for (const text of texts) {
    if (child.exitCode !== null) break;
    if (!child.stdin.write(text)) await Promise.race([once(child.stdin, 'drain'), ended]);
  }
  child.stdin.end();
  await ended;
  if (child.exitCode !== 0) throw new Error(`${command}: ${said}`);
}
