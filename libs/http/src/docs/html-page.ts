import { HttpResult } from '../operation/http-result.js';

/** Pages load only what this server itself sends, and no script stands in the page. */
const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE = `body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem;color:#1f2937}
code{font:0.95em ui-monospace,monospace;background:#f3f4f6;padding:.1em .35em;border-radius:4px}
h1{font-size:1.5rem;margin:0 0 .5rem}a{color:#1d4ed8}td,th{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}
.status{color:#6b7280}@media(prefers-color-scheme:dark){body{background:#111827;color:#e5e7eb}code{background:#1f2937}a{color:#93c5fd}}`;

export const stylesheet = (): HttpResult =>
  HttpResult.of(200, STYLE, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=3600' });

/** @param body HTML, its data already escaped */
export function htmlPage(title: string, body: string): HttpResult {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/problems/style.css"></head>
<body>${body}</body></html>`;
  return HttpResult.of(200, html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${POLICY}; style-src 'self'; img-src data:`,
    'cache-control': 'public, max-age=300',
  });
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
