import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Migrations } from '#database';
import { createPino, PinoLogger } from '#observability';
import { readConfig } from '../../environment.js';
import { CliModule } from './cli.module.js';
import { oneLine } from './terminal-text.js';

interface ShopOptions {
  /** Settings that this command needs to be otherwise. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** The command works on a schema that is not up to date. */
  readonly anySchema?: boolean;
}

/** JSON escapes less than a terminal obeys. */
const terminal = { write: (line: string) => void process.stderr.write(`${oneLine(line.trimEnd())}\n`) };

/** Lends the shop's modules to a command. Its log goes to standard error, warnings and worse only: standard output is the answer. */
export async function withShop<T>(
  work: (shop: INestApplicationContext) => Promise<T>,
  { overrides = {}, anySchema = false }: ShopOptions = {},
): Promise<T> {
  const config = readConfig({ LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn', ...overrides });
  const shop = await NestFactory.createApplicationContext(CliModule.forRoot(config), {
    logger: new PinoLogger(createPino(config, 'holdfast-cli', terminal)),
    abortOnError: false,
  });
  try {
    if (!anySchema) await shop.get(Migrations).assertApplied();
    return await work(shop);
  } finally {
    await shop.close();
  }
}
