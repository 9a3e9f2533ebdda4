import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@hey-api/openapi-ts';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { generate } from 'orval';

// node generate.mjs <document> <folder> <base URL>: the clients of three generators, each from the document alone.
const [document, folder, baseUrl] = process.argv.slice(2);

await writeFile(
  path.join(folder, 'openapi-typescript.ts'),
  astToString(await openapiTypescript(pathToFileURL(document))),
);
await createClient({
  input: document,
  output: path.join(folder, 'hey-api'),
  logs: { level: 'silent', file: false },
  plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
});
const input = { target: document };
await generate({ input, output: { target: path.join(folder, 'orval.ts'), client: 'fetch', baseUrl } });
await generate({ input, output: { target: path.join(folder, 'orval-zod.ts'), client: 'zod' } });
