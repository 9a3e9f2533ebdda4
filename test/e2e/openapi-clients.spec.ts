import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { projectRoot } from '../support/project-root.js';
import { aProduct } from '../support/products.js';
import { Shop } from '../support/start-shop.js';

const run = promisify(execFile);
const PROJECT_ROOT = fileURLToPath(projectRoot);
const CLIENTS = ['buy-openapi-fetch', 'buy-orval', 'buy-hey-api'];

let shop: Shop;
let text: string;

beforeAll(async () => {
  shop = await Shop.start();
  text = JSON.stringify((await shop.api().get('/openapi.json')).body);
});
afterAll(() => shop?.stop());

describe('the OpenAPI document', () => {
  it('satisfies Redocly', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
    const grave = found.filter(({ severity, ruleId }) => severity === 'error' || ruleId.includes('examples'));
    expect(grave.map(({ message, location }) => [message, location[0]?.pointer])).toEqual([]);
  });

  it('satisfies Spectral', async () => {
    const spectral = new spectralCore.Spectral();
    spectral.setRuleset({ extends: [[spectralRulesets.oas as RulesetDefinition, 'recommended']] });
    const found: readonly { severity: number; message: string; path: unknown }[] = await spectral.run(
      JSON.parse(text) as Record<string, unknown>,
    );
    expect(found.filter(({ severity }) => severity === 0).map(({ message, path: at }) => [message, at])).toEqual([]);
  });

  it('has only patterns that every language reads, and no bound that is only a limit of JavaScript', () => {
    expect(text).not.toMatch(/\\\\[pP]\{/);
    expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });
});

describe('clients made from the document', () => {
  let folder: string;
  let sku: string;

  beforeAll(async () => {
    sku = await aProduct(shop, { onHand: 20, amount: 700 });
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-clients-'));
    await symlink(path.join(PROJECT_ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    await cp(path.join(PROJECT_ROOT, 'test/clients/programs'), folder, { recursive: true });
    await writeFile(path.join(folder, 'openapi.json'), text);
    await writeFile(path.join(folder, 'package.json'), '{"type":"commonjs"}');
    const generator = path.join(PROJECT_ROOT, 'test/clients/generate.mjs');
    await run(process.execPath, [generator, path.join(folder, 'openapi.json'), folder, shop.apis[0]!.url]);
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('compile under strict TypeScript, and each of them buys', async () => {
    const compilerOptions = {
      strict: true,
      noUncheckedIndexedAccess: true,
      target: 'es2023',
      lib: ['es2023', 'dom', 'dom.iterable'],
      types: ['node'],
      module: 'commonjs',
      moduleResolution: 'bundler',
      esModuleInterop: true,
      skipLibCheck: true,
      rootDir: '.',
      outDir: 'built',
    };
    const files = CLIENTS.map((name) => `${name}.ts`);
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const compiler = path.join(PROJECT_ROOT, 'node_modules/typescript/bin/tsc');
    const compiled = await run(process.execPath, [compiler, '-p', folder]).catch((error: { stdout: string }) => error);
    expect(compiled.stdout).toBe('');
    for (const name of CLIENTS) {
      const { stdout } = await run(process.execPath, [
        path.join(folder, 'built', `${name}.js`),
        shop.apis[0]!.url,
        sku,
      ]);
      const bought = JSON.parse(stdout) as { orderId: string; status: string };
      expect({ name, ...bought }).toEqual({ name, orderId: expect.stringMatching(/^order_/), status: 'captured' });
    }
  }, 180_000);
});
