import { newTrace, runInTrace } from '#observability';
import { instanceOf } from '../problem/instance.js';
import { PROBLEM_JSON, problem } from '../problem/problem.js';
import { httpProblems, type HttpProblemCode } from '../problem/http-problems.js';
import { DEFAULT_HEADERS } from './default-headers.js';

interface RawProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** All of it as it goes over the wire. */
  readonly text: string;
}

/** A problem document where there is no reply object to send it with. The connection ends with it. @param more headers */
export function rawProblem(
  code: HttpProblemCode,
  detail: string,
  url = '',
  more: Readonly<Record<string, string>> = {},
): RawProblem {
  const document = runInTrace(newTrace(), () =>
    problem({ type: httpProblems[code], detail, instance: instanceOf(url) }),
  );
  const body = JSON.stringify(document);
  const headers = {
    ...DEFAULT_HEADERS,
    'content-type': PROBLEM_JSON,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `HTTP/1.1 ${document.status} ${document.title}\r\n${lines.join('')}\r\n${body}`;
  return { status: document.status, headers, body, text };
}
